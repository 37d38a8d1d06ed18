/** Ranges that the runtime's reductions give, held against the elements themselves. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { minMax } from '../../src/core/calibration/min-max.ts';
import { Observers } from '../../src/core/calibration/observers.ts';
import { percentile } from '../../src/core/calibration/percentile.ts';
import { calibrate } from '../../src/pipeline/calibrate.ts';
import type { SampleSource } from '../../src/pipeline/ports.ts';
import { preparedModel } from '../../src/pipeline/prepared-model.ts';
import { localPorts } from '../support/local-ports.ts';
import { buildModel, noise } from '../support/model-builder.ts';

const LENGTH = 6000;

let workDir: string;
beforeEach(() => {
  workDir = mkdtempSync(join(tmpdir(), 'bitpress-test-'));
});
afterEach(() => rmSync(workDir, { recursive: true, force: true }));

async function observe(samples: readonly Float32Array[], names = ['x', 'negative', 'y']): Promise<Observers> {
  const build = () =>
    buildModel({
      inputs: { x: ['float32', [LENGTH]] },
      nodes: [
        { op: 'Neg', in: ['x'], out: ['negative'] },
        { op: 'Relu', in: ['negative'], out: ['y'] },
      ],
      outputs: { y: ['float32', [LENGTH]] },
    });
  const float = { kind: 'tensor', dtype: 'float32', dims: [LENGTH] } as const;
  const prepared = preparedModel('', build, new Map([['negative', float]]), { notes: [], halves: false });
  const source: SampleSource = {
    count: samples.length,
    hasLabels: false,
    feeds: sample => ({ x: { dtype: 'float32', dims: [LENGTH], data: samples[sample]! } }),
    label: () => undefined,
  };
  const observers = new Observers();
  const grid = { levels: 256, symmetric: false };
  for (const name of names) observers.watch(name, minMax.create({}, grid));
  if (names.includes('y')) observers.watch('y', percentile.create({ percentile: 100 }, grid));
  await calibrate({ prepared, observers, samples: source, workDir }, localPorts);
  return observers;
}

const plain = (seed: number): Float32Array => Float32Array.from(noise(LENGTH, seed));

test('extents by the runtime are those of the elements, over all samples', async () => {
  const samples = [plain(1), plain(2), plain(3)];
  const observers = await observe(samples);
  const all = samples.flatMap(sample => [...sample]);
  const [min, max] = [Math.min(...all), Math.max(...all)];
  expect(observers.range('x')).toEqual({ min, max });
  expect(observers.range('negative')).toEqual({ min: -max, max: -min });
  expect(observers.range('y')).toEqual({ min: 0, max: -min });
});

test('a sum of sizes that overflows is no reason to refuse finite elements', async () => {
  const huge = plain(1).map((x, i) => (i < 20 ? 3e38 : x));
  expect((await observe([plain(2), huge])).range('negative')?.min).toBe(Math.fround(-3e38));
});

// onnxruntime's ReduceMin and ReduceMax pass over NaN anywhere but in the first place.
test.each([0, 1, 3000, LENGTH - 1])('NaN at element %d is found, with its sample', async at => {
  const broken = plain(1).map((x, i) => (i === at ? Number.NaN : x));
  const problem = { code: 'dataset_not_finite', message: expect.stringMatching(/"negative".*sample 1/) };
  await expect(observe([plain(2), broken], ['negative'])).rejects.toMatchObject(problem);
});
