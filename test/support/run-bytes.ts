/** Runs a model given as bytes on one input, for tests that compare the float outputs of two models. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Model } from '../../src/core/ir/model.ts';
import { writeModel } from '../../src/core/onnx/write.ts';
import type { Optimization, TensorMap } from '../../src/pipeline/ports.ts';
import { ortRuntime } from '../../src/platform/ort-runtime.ts';

export const bytesOf = (model: Model): Uint8Array => Buffer.concat([...writeModel(model).chunks]);

export async function runBytes(
  bytes: Uint8Array,
  feeds: TensorMap,
  optimization: Optimization = 'off',
): Promise<TensorMap> {
  const directory = mkdtempSync(join(tmpdir(), 'bitpress-run-'));
  try {
    const path = join(directory, 'model.onnx');
    writeFileSync(path, bytes);
    const session = await ortRuntime.open(path, { optimization });
    try {
      return await session.run(feeds);
    } finally {
      await session.close();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
