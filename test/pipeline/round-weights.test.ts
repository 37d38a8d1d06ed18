import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { SecondMoment } from '../../src/core/calibration/second-moment.ts';
import { triangleRow } from '../../src/core/calibration/triangle.ts';
import type { SampleSource } from '../../src/core/data/samples.ts';
import { writeModel } from '../../src/core/onnx/write.ts';
import type { WeightRounding } from '../../src/core/quantization/rounding/weight-rounding.ts';
import { preparedModel } from '../../src/pipeline/prepared-model.ts';
import { roundWeights } from '../../src/pipeline/round-weights.ts';
import { openModelFile } from '../../src/pipeline/write-model-file.ts';
import { jobFiles } from '../../src/platform/job-files.ts';
import { localPorts } from '../support/local-ports.ts';
import { buildModel, noise, tensor } from '../support/model-builder.ts';

const directory = mkdtempSync(join(tmpdir(), 'bitpress-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const workDir = (): string => mkdtempSync(join(directory, 'work-'));

const BATCH = 3;
const SAMPLES = 4;
const x = Array.from({ length: SAMPLES }, (_, sample) => Float32Array.from(noise(BATCH * 2 * 8, sample + 1)));

function prepared() {
  const model = buildModel({
    inputs: { x: ['float32', [BATCH, 2, 8]] },
    initializers: { w: tensor('float32', [8, 5], noise(40, 9)), v: tensor('float32', [5, 4], noise(20, 8)) },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['h'] },
      { op: 'Relu', in: ['h'], out: ['r'] },
      { op: 'MatMul', in: ['r', 'v'], out: ['y'] },
    ],
    outputs: { y: ['float32', [BATCH, 2, 4]] },
  });
  const path = join(directory, 'prepared.onnx');
  writeFileSync(path, Buffer.concat([...writeModel(model).chunks]));
  return preparedModel(path, openModelFile(path, jobFiles), new Map(), { notes: [], halves: false });
}

const samplesOf = (data: readonly Float32Array[]): SampleSource => ({
  count: data.length,
  hasLabels: false,
  feeds: index => ({ x: { dtype: 'float32', dims: [BATCH, 2, 8], data: data[index] as Float32Array } }),
  label: () => undefined,
});

/** Remembers what it was given. */
function spy(inputs: readonly string[], size: number) {
  const seen: SecondMoment[] = [];
  const rounding: WeightRounding = {
    inputs,
    size,
    round: moment => {
      seen.push(moment);
      const quant = { dtype: 'uint4', scales: Float32Array.of(1), zeroPoints: Int32Array.of(8) } as const;
      return new Map([[inputs.join(), quant]]);
    },
  };
  return { rounding, seen };
}

/** Straight from the definition, in the order of the triangle. */
function expected(rows: readonly (readonly number[])[], size: number): number[] {
  const sums: number[] = [];
  for (let i = 0; i < size; i++)
    for (let j = i; j < size; j++)
      sums.push(rows.reduce((sum, row) => sum + (row[i] as number) * (row[j] as number), 0));
  return sums;
}

const vectors = x.flatMap(data =>
  Array.from({ length: BATCH * 2 }, (_, i) => [...data.slice(i * 8, (i + 1) * 8)]),
);
const w = noise(40, 9);
const hidden = vectors.map(row =>
  Array.from({ length: 5 }, (_, n) =>
    Math.max(
      0,
      row.reduce((sum, value, k) => sum + value * (w[k * 5 + n] as number), 0),
    ),
  ),
);

it.each([
  ['one pass', undefined],
  ['a pass for each', 3 * SecondMoment.bytes(8)],
])('sums the inputs over all samples in %s', async (_name, passBytes) => {
  const first = spy(['x'], 8);
  const second = spy(['r'], 5);
  const result = await roundWeights(
    {
      prepared: prepared(),
      roundings: [first.rounding, second.rounding],
      samples: samplesOf(x),
      workDir: workDir(),
      ...(passBytes !== undefined && { passBytes }),
    },
    localPorts,
  );
  expect([...result.weights.keys()]).toEqual(['x', 'r']);
  expect(result.inputs).toBe(2);
  expected(vectors, 8).forEach((sum, at) => {
    expect(first.seen[0]?.triangle[at]).toBeCloseTo(sum, 4);
  });
  expected(hidden, 5).forEach((sum, at) => {
    expect(second.seen[0]?.triangle[at]).toBeCloseTo(sum, 4);
  });
});

it('adds up the inputs of one group', async () => {
  const both = spy(['h', 'r'], 5);
  await roundWeights(
    { prepared: prepared(), roundings: [both.rounding], samples: samplesOf(x), workDir: workDir() },
    localPorts,
  );
  const one = spy(['r'], 5);
  const other = spy(['h'], 5);
  await roundWeights(
    {
      prepared: prepared(),
      roundings: [one.rounding, other.rounding],
      samples: samplesOf(x),
      workDir: workDir(),
    },
    localPorts,
  );
  const at = triangleRow(1, 5) + 3;
  const sum = (one.seen[0]?.triangle[at] as number) + (other.seen[0]?.triangle[at] as number);
  expect(both.seen[0]?.triangle[at]).toBeCloseTo(sum, 10);
});

it('leaves out what could never fit, by name', async () => {
  const large = spy(['x'], 8);
  const small = spy(['r'], 5);
  const { weights, notes } = await roundWeights(
    {
      prepared: prepared(),
      roundings: [large.rounding, small.rounding],
      samples: samplesOf(x),
      workDir: workDir(),
      passBytes: 3 * SecondMoment.bytes(5),
    },
    localPorts,
  );
  expect([...weights.keys()]).toEqual(['r']);
  expect(notes).toEqual([expect.stringContaining('"x"')]);
});

it('names value and sample where the data is not finite', async () => {
  const bad = x.map((data, i) => (i === 2 ? data.map((value, j) => (j === 5 ? Number.NaN : value)) : data));
  const run = roundWeights(
    {
      prepared: prepared(),
      roundings: [spy(['r'], 5).rounding],
      samples: samplesOf(bad),
      workDir: workDir(),
    },
    localPorts,
  );
  await expect(run).rejects.toMatchObject({
    code: 'dataset_not_finite',
    message: expect.stringMatching(/"r".* sample 2/),
  });
});

it('does nothing without samples', async () => {
  const request = { prepared: prepared(), roundings: [spy(['x'], 8).rounding], workDir: workDir() };
  const result = await roundWeights({ ...request, samples: undefined }, localPorts);
  expect(result).toEqual({ weights: new Map(), inputs: 0, notes: [] });
});
