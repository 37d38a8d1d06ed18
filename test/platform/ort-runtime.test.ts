import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ortRuntime } from '../../src/platform/ort-runtime.ts';

const MODEL = join(import.meta.dirname, '../../examples/fashion-mbv2/model.onnx');

it('results that are discarded are empty, and what the model was given is not', async () => {
  const session = await ortRuntime.open(MODEL, { optimization: 'all' });
  try {
    const feeds = Object.fromEntries(
      session.inputs.map(({ name, dims }) => {
        const shape = (dims ?? []).map(dim => (typeof dim === 'number' ? dim : 1));
        const length = shape.reduce((product, dim) => product * dim, 1);
        const data = Float32Array.from({ length }, (_, i) => (i % 7) / 7);
        return [name, { dtype: 'float32' as const, dims: shape, data }];
      }),
    );
    const [first, second] = [await session.run(feeds), await session.run(feeds)];
    session.discard?.(first);
    expect(Object.values(first).map(({ data }) => data.length)).toEqual(Object.values(first).map(() => 0));
    const third = await session.run(feeds);
    for (const [name, { data }] of Object.entries(second)) {
      expect(data.length).toBeGreaterThan(0);
      expect(third[name]?.data).toEqual(data);
    }
  } finally {
    await session.close();
  }
});
