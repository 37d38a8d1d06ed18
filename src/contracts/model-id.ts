/**
 * The id of a model: what a client can compute before it sends a byte, to see whether the server has the model.
 *
 * Invariant: files of the same names and contents are the same model, in whatever order they are given.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

export interface NamedFile {
  readonly name: string;
  readonly sha256: string;
}

const MODEL_FILE = /\.(onnx|h5|hdf5|keras)$/i;

/** The model file, then its data files by name. */
export function mainFirst<F extends NamedFile>(files: readonly F[]): readonly F[] {
  const main = files.find(file => MODEL_FILE.test(file.name)) ?? files[0];
  if (!main) return [];
  const rest = files.filter(file => file !== main).sort((a, b) => (a.name < b.name ? -1 : 1));
  return [main, ...rest];
}

/** One file is its own hash; of several it is that of the list. @param files the main one first */
export function modelId(files: readonly NamedFile[]): string {
  const [first, ...rest] = files;
  if (first && rest.length === 0) return first.sha256;
  const list = canonicalJson(files.map(({ name, sha256 }) => ({ name, sha256 })));
  return createHash('sha256').update(list).digest('hex');
}
