/** The name of a model's content: of one file its hash, of several the hash of their names and hashes. */
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { StoredFile } from './common.ts';

/** Files of the same names and contents, in the same order, are the same model. */
export function modelId(files: readonly Pick<StoredFile, 'name' | 'sha256'>[]): string {
  const [first, ...rest] = files;
  if (first && rest.length === 0) return first.sha256;
  const list = files.map(({ name, sha256 }) => ({ name, sha256 }));
  return createHash('sha256').update(canonicalJson(list)).digest('hex');
}
