import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { measureFile } from '../../src/platform/measure-file.ts';

it('adds the external data to the model, and hashes the model', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'bitpress-file-'));
  const [model, data] = [randomBytes(5000), Buffer.alloc(200_000)];
  writeFileSync(join(dir, 'm.onnx'), model);
  writeFileSync(join(dir, 'm.data'), data);
  expect(await measureFile([join(dir, 'm.onnx'), join(dir, 'm.data')])).toEqual({
    bytes: 205_000,
    compressedBytes: gzipSync(model, { level: 6 }).length + gzipSync(data, { level: 6 }).length,
    sha256: createHash('sha256').update(model).digest('hex'),
  });
  rmSync(dir, { recursive: true });
});
