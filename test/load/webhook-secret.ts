/** A file of webhook secrets for one run. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SECRET_BYTES = 32;

export function writeSecretFile(): { readonly path: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'bitpress-secret-'));
  const path = join(folder, 'secrets');
  writeFileSync(path, `whsec_${randomBytes(SECRET_BYTES).toString('base64')}\n`, { mode: 0o600 });
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
