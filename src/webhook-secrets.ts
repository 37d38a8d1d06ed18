/**
 * Secrets of webhooks: one `whsec_<base64>` a line, the current one first. More than one are all signed with, so that
 * receivers can change over.
 *
 * Source: Standard Webhooks, "Signature scheme": 24 to 64 bytes.
 */
import { readFileSync } from 'node:fs';

const MIN_BYTES = 24;
const MAX_BYTES = 64;

/** @throws Error naming the variable */
export function readWebhookSecrets(path: string): readonly string[] {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'));
  for (const [index, line] of lines.entries()) {
    const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
    const bytes = Buffer.from(base64 ?? '', 'base64').length;
    if (bytes < MIN_BYTES || bytes > MAX_BYTES)
      throw new Error(
        `BITPRESS_WEBHOOK_SECRET_FILE: secret ${index + 1} is not whsec_ and ${MIN_BYTES} to ${MAX_BYTES} bytes in base64`,
      );
  }
  if (lines.length === 0) throw new Error('BITPRESS_WEBHOOK_SECRET_FILE holds no secret');
  return lines;
}
