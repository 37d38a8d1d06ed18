import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { measureFile } from '../../src/platform/measure-file.ts';

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

it('adds the external data to the model, and hashes both', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'bitpress-file-'));
  const [model, data] = [randomBytes(5000), Buffer.alloc(200_000)];
  writeFileSync(join(dir, 'm.onnx'), model);
  writeFileSync(join(dir, 'm.data'), data);
  expect(await measureFile([join(dir, 'm.onnx'), join(dir, 'm.data')])).toEqual({
    bytes: 205_000,
    compressedBytes: gzipSync(model, { level: 6 }).length + gzipSync(data, { level: 6 }).length,
    // Both files by name and hash, as the id of an uploaded model: either one changed is another model.
    sha256: sha256(
      `[{"name":"m.onnx","sha256":"${sha256(model)}"},{"name":"m.data","sha256":"${sha256(data)}"}]`,
    ),
  });
  expect((await measureFile([join(dir, 'm.onnx')])).sha256).toBe(sha256(model));
  rmSync(dir, { recursive: true });
});
