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

it("says what is wrong in the runtime's words, without paths of this machine", async () => {
  const directory = mkdtempSync(join(tmpdir(), 'bitpress-test-'));
  const write = (irVersion: number): string => {
    const model = buildModel({
      irVersion,
      inputs: { x: ['float32', ['N']], z: ['float32', ['M']] },
      nodes: [{ op: 'Add', in: ['x', 'z'], out: ['y'] }],
      outputs: { y: ['float32', ['K']] },
    });
    return writeModelFile(model, join(directory, `${irVersion}.onnx`), jobFiles)[0];
  };
  try {
    await expect(ortRuntime.open(write(14), { optimization: 'off' })).rejects.toMatchObject({
      code: 'model_load_failed',
      message: expect.stringMatching(/^Unsupported model IR version: 14/),
    });
    const session = await ortRuntime.open(write(8), { optimization: 'off' });
    const floats = (length: number) => ({
      dtype: 'float32' as const,
      dims: [length],
      data: new Float32Array(length),
    });
    await expect(session.run({ x: floats(2), z: floats(3) })).rejects.toMatchObject({
      code: 'model_run_failed',
      message: expect.stringMatching(/^(?!.*\.(?:h|cc):).*Attempting to broadcast an axis/s),
    });
    await session.close();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
