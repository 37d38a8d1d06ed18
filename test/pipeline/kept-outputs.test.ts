/** Outputs that were kept are held against another model as if both had run side by side. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { syntheticSamples } from '../../src/core/data/synthetic.ts';
import { writeModel } from '../../src/core/onnx/write.ts';
import { comparePair } from '../../src/pipeline/compare-pair.ts';
import { KeptOutputs } from '../../src/pipeline/kept-outputs.ts';
import { localPorts } from '../support/local-ports.ts';
import { buildModel, noiseTensor } from '../support/model-builder.ts';

const WIDTH = 16;
const SAMPLES = 3;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bitpress-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(name: string, gain: number): string {
  const model = buildModel({
    inputs: { x: ['float32', ['N', WIDTH]] },
    initializers: { w: noiseTensor([WIDTH, WIDTH], 1, x => x * gain) },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['y'] },
      { op: 'Tanh', in: ['y'], out: ['z'] },
    ],
    outputs: { y: ['float32', ['N', WIDTH]], z: ['float32', ['N', WIDTH]] },
  });
  const path = join(directory, name);
  writeFileSync(path, Buffer.concat([...writeModel(model).chunks]));
  return path;
}

test('figures are those of a comparison side by side, for each model that is held against them', async () => {
  const path = write('float.onnx', 1);
  const samples = syntheticSamples([{ name: 'x', dtype: 'float32', dims: [2, WIDTH] }], SAMPLES);
  const kept = await KeptOutputs.of(
    { path, samples, optimization: 'all', directory, folderName: 'kept' },
    localPorts,
  );
  for (const gain of [1.01, 1.1]) {
    const candidate = write(`${gain}.onnx`, gain);
    const pair = { reference: path, candidate };
    const { runtime, signal } = localPorts;
    const { outputs } = await comparePair(runtime, pair, samples, { optimization: 'all' }, signal);
    expect(await kept.against(candidate)).toEqual(outputs);
  }
  kept.close();
  expect(readdirSync(directory)).not.toContain('kept');
});
