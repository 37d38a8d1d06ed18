/** Sizes that are foretold, beside those that onnxruntime computes when it runs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { syntheticSamples } from '../../src/core/data/synthetic.ts';
import { writeModel } from '../../src/core/onnx/write.ts';
import { activationBytes } from '../../src/pipeline/activation-bytes.ts';
import { writeExposed } from '../../src/pipeline/expose.ts';
import { preparedModel } from '../../src/pipeline/prepared-model.ts';
import { jobFiles } from '../../src/platform/job-files.ts';
import { localPorts } from '../support/local-ports.ts';
import { buildModel, noiseTensor, tensor } from '../support/model-builder.ts';

const [BATCH, LENGTH, WIDTH] = [3, 7, 16];

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bitpress-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Shapes that are known only with the data: symbols, and a Reshape by what Shape gave. */
const build = () =>
  buildModel({
    inputs: { x: ['float32', ['N', 'T', WIDTH]] },
    initializers: {
      w: noiseTensor([WIDTH, 4 * WIDTH], 1),
      rest: tensor('int64', [1], [-1n]),
    },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['wide'] },
      { op: 'Relu', in: ['wide'], out: ['clipped'] },
      { op: 'Shape', in: ['clipped'], out: ['shape'], attrs: { start: 0, end: 1 } },
      { op: 'Concat', in: ['shape', 'rest'], out: ['flat'], attrs: { axis: 0 } },
      { op: 'Reshape', in: ['clipped', 'flat'], out: ['rows'] },
    ],
    outputs: { rows: ['float32', ['N', undefined]] },
  });

test('each value is as large as it is when the model runs', async () => {
  const feeds = syntheticSamples([{ name: 'x', dtype: 'float32', dims: [BATCH, LENGTH, WIDTH] }], 1).feeds(0);
  const path = join(directory, 'model.onnx');
  writeFileSync(path, Buffer.concat([...writeModel(build()).chunks]));
  const prepared = preparedModel(path, build, new Map(), { notes: [], halves: false });
  const { bytes, live } = await activationBytes(prepared, feeds, join(directory, 'typed.onnx'), localPorts);

  const model = build();
  const hidden = model.graph.nodes.flatMap(node => node.outputs).filter(value => value !== undefined);
  const shown = join(directory, 'shown.onnx');
  writeExposed(
    model,
    hidden.filter(value => !model.graph.outputs.includes(value)),
    shown,
    jobFiles,
  );
  const session = await localPorts.runtime.open(shown, { optimization: 'off' });
  const results = await session.run(feeds);
  await session.close();
  expect(bytes.size).toBe(hidden.length);
  for (const { name } of hidden)
    expect(bytes.get(name), name).toBe((results[name]!.data as Float32Array).byteLength);
  // The product and its Relu, or the Relu and its other shape.
  const wide = 4 * BATCH * LENGTH * 4 * WIDTH;
  expect(live).toBeGreaterThanOrEqual(2 * wide);
  expect(live).toBeLessThan(2 * wide + 100);
});
