import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeModelFile } from '../../src/pipeline/write-model-file.ts';
import { jobFiles } from '../../src/platform/job-files.ts';
import { ortRuntime } from '../../src/platform/ort-runtime.ts';
import { buildModel } from '../support/model-builder.ts';

it.each([
  ['large results are empty once they are discarded', 2 ** 19, true],
  ['small ones may stay', 64, false],
] as const)('%s, and what the model was given never is', async (_, length, gone) => {
  const directory = mkdtempSync(join(tmpdir(), 'bitpress-test-'));
  const model = buildModel({
    inputs: { x: ['float32', [length]] },
    nodes: [
      { op: 'Relu', in: ['x'], out: ['y'] },
      { op: 'Neg', in: ['x'], out: ['z'] },
    ],
    outputs: { y: ['float32', [length]], z: ['float32', [length]] },
  });
  const [path] = writeModelFile(model, join(directory, 'm.onnx'), jobFiles);
  const session = await ortRuntime.open(path, { optimization: 'all' });
  try {
    const data = Float32Array.from({ length }, (_, i) => (i % 7) - 3);
    const feeds = { x: { dtype: 'float32' as const, dims: [length], data } };
    const [first, second] = [await session.run(feeds), await session.run(feeds)];
    session.discard?.(first);
    expect(Object.values(first).map(each => each.data.length === 0)).toEqual([gone, gone]);
    expect(data.length).toBe(length);
    const third = await session.run(feeds);
    for (const [name, { data: kept }] of Object.entries(second)) {
      expect(kept.length).toBe(length);
      expect(third[name]?.data).toEqual(kept);
    }
  } finally {
    await session.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
