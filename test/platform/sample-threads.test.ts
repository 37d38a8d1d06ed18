/** Threads that run samples: what they give, and what becomes of those that give nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CALIBRATORS } from '../../src/core/calibration/index.ts';
import { Observers } from '../../src/core/calibration/observers.ts';
import { claim, type GatherTask } from '../../src/pipeline/gather.ts';
import type { TensorMap } from '../../src/pipeline/ports.ts';
import { preparedModel } from '../../src/pipeline/prepared-model.ts';
import { showValues } from '../../src/pipeline/show-values.ts';
import { jobFiles } from '../../src/platform/job-files.ts';
import { sampleThreads, type ThreadsOptions } from '../../src/platform/sample-threads/sample-threads.ts';
import { buildModel } from '../support/model-builder.ts';
import { normal } from '../support/seeded.ts';

const LENGTH = 3000;
const COUNT = 6;
const LIMIT_MS = 30_000;

let workDir: string;
beforeEach(() => {
  workDir = mkdtempSync(join(tmpdir(), 'bitpress-test-'));
});
afterEach(() => rmSync(workDir, { recursive: true, force: true }));

const prepared = preparedModel(
  '',
  () =>
    buildModel({
      inputs: { x: ['float32', [1, LENGTH]], factor: ['int64', [1]] },
      nodes: [
        { op: 'Cast', in: ['factor'], out: ['f'], attrs: { to: 1n } },
        { op: 'Mul', in: ['x', 'f'], out: ['y'] },
      ],
      outputs: { y: ['float32', [1, LENGTH]] },
    }),
  new Map(),
  { notes: [], halves: false },
);
const data = Array.from({ length: COUNT }, (_, at) => normal(LENGTH, at + 1));

const feedsOf = (sample: number): TensorMap => ({
  x: { dtype: 'float32', dims: [1, LENGTH], data: data[sample]! },
  factor: { dtype: 'int64', dims: [1], data: BigInt64Array.of(BigInt(sample)) },
});

function observersOf(): Observers {
  const observers = new Observers();
  observers.watch('y', CALIBRATORS.get('percentile')!.create({}, { levels: 256, symmetric: false }));
  return observers;
}

function taskOf(change: Partial<GatherTask['shown']> = {}): GatherTask {
  const folder = mkdtempSync(join(workDir, 'task-'));
  const shown = showValues({ prepared, workDir: folder, fileName: 'shown.onnx', names: ['y'] }, jobFiles);
  return {
    shown: { ...shown, ...change },
    kinds: observersOf().tallyKinds!,
    claims: new Int32Array(new SharedArrayBuffer(COUNT * 4)),
  };
}

const only = (source: string): ThreadsOptions => ({ most: 1, entry: { source, eval: true } });

test('gathers what it claimed, and nothing that was claimed before', async () => {
  const threads = sampleThreads({ most: 1 });
  threads.warm();
  // The second time the thread is there already.
  for (const taken of [2, 4]) {
    const task = taskOf();
    claim(task.claims, taken);
    const thread = threads.open(task, { threads: 1 })!;
    for (let sample = COUNT - 1; sample >= 0; sample--) thread.give(sample, feedsOf(sample));
    const gathered = await thread.end(LIMIT_MS);
    expect([thread.given, thread.done]).toEqual([COUNT, COUNT]);

    const [expected, observers] = [observersOf(), observersOf()];
    for (let sample = 0; sample < COUNT; sample++)
      if (sample !== taken)
        expected.observe(
          'y',
          data[sample]!.map(x => x * sample),
          [1, LENGTH],
        );
    observers.merge(gathered!.held);
    expect(observers.range('y')).toEqual(expected.range('y'));
    expect(gathered!.doubts).toEqual([]);
  }
});

test.each([
  ['ends as it starts', only('process.exit(3)')],
  ['throws as it starts', only('throw new Error("no room")')],
  [
    'dies while it runs',
    only(`
    let n = 0;
    require('node:worker_threads').parentPort.on('message', () => { if (++n === 3) throw new Error('gone'); });`),
  ],
])('one that %s gives nothing, and says so at once', async (_, options) => {
  const thread = sampleThreads(options).open(taskOf(), { threads: 1 })!;
  for (let sample = 0; sample < COUNT; sample++) thread.give(sample, feedsOf(sample));
  expect(await thread.end(LIMIT_MS)).toBeUndefined();
  expect(thread.failed).toBe(true);
});

test('a model that it cannot open, and a run that fails, are no error here', async () => {
  const threads = sampleThreads({ most: 1 });
  const missing = threads.open(taskOf({ path: join(workDir, 'none.onnx') }), { threads: 1 })!;
  expect(await missing.end(LIMIT_MS)).toBeUndefined();
  const broken = threads.open(taskOf(), { threads: 1 })!;
  broken.give(0, { x: feedsOf(0).x! });
  expect(await broken.end(LIMIT_MS)).toBeUndefined();
});

test('one that hangs is given up after the limit, even where nothing can interrupt it', async () => {
  const options = only(`require('node:worker_threads').parentPort.on('message', () => { for (;;); })`);
  const thread = sampleThreads(options).open(taskOf(), { threads: 1 })!;
  const start = performance.now();
  expect(await thread.end(200)).toBeUndefined();
  expect(performance.now() - start).toBeLessThan(LIMIT_MS);
});

test('one whose findings nobody wants is ready for the next calibration', async () => {
  const threads = sampleThreads({ most: 1 });
  const unwanted = threads.open(taskOf(), { threads: 1 })!;
  unwanted.give(0, feedsOf(0));
  unwanted.close();
  const thread = threads.open(taskOf(), { threads: 1 })!;
  thread.give(1, feedsOf(1));
  expect((await thread.end(LIMIT_MS))?.held.length).toBe(1);
  expect(unwanted.failed).toBe(false);
});
