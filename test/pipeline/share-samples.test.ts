/** A calibration that is shared with other threads, held against one that runs all samples in order. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ChannelMaxima } from '../../src/core/calibration/channel-maxima.ts';
import { CALIBRATORS } from '../../src/core/calibration/index.ts';
import { Observers } from '../../src/core/calibration/observers.ts';
import { calibrate } from '../../src/pipeline/calibrate.ts';
import { claim, type Gathered, type GatherTask, gather } from '../../src/pipeline/gather.ts';
import type { Ports, SampleSource, SampleThread, SampleThreads } from '../../src/pipeline/ports.ts';
import { preparedModel } from '../../src/pipeline/prepared-model.ts';
import { localPorts } from '../support/local-ports.ts';
import { buildModel } from '../support/model-builder.ts';
import { normal } from '../support/seeded.ts';

const LENGTH = 3000;
const COUNT = 12;
const NAMES = ['x', 'negative', 'y'];

let workDir: string;
beforeEach(() => {
  workDir = mkdtempSync(join(tmpdir(), 'bitpress-test-'));
});
afterEach(() => rmSync(workDir, { recursive: true, force: true }));

const prepared = preparedModel(
  '',
  () =>
    buildModel({
      inputs: { x: ['float32', [1, LENGTH]] },
      nodes: [
        { op: 'Neg', in: ['x'], out: ['negative'] },
        { op: 'Relu', in: ['negative'], out: ['y'] },
      ],
      outputs: { y: ['float32', [1, LENGTH]] },
    }),
  new Map([['negative', { kind: 'tensor', dtype: 'float32', dims: [1, LENGTH] }]]),
  { notes: [], halves: false },
);

const data = Array.from({ length: COUNT }, (_, at) => normal(LENGTH, at + 1).map(x => x * (1 + at)));

function source(change: (sample: number, x: Float32Array) => Float32Array = (_, x) => x): SampleSource {
  return {
    count: COUNT,
    hasLabels: false,
    feeds: sample => ({ x: { dtype: 'float32', dims: [1, LENGTH], data: change(sample, data[sample]!) } }),
    label: () => undefined,
  };
}

function observersOf(type: string): Observers {
  const observers = new Observers();
  const calibrator = CALIBRATORS.get(type)!;
  for (const name of NAMES) observers.watch(name, calibrator.create({}, { levels: 256, symmetric: false }));
  if (type === 'entropy') observers.watch('y', new ChannelMaxima(0, 1));
  return observers;
}

interface Behaviour {
  /** Claims it and does nothing more. */
  readonly diesAt?: number;
  readonly answersEnd?: boolean;
}

/** Threads that run their samples in this one, in between. */
function pretended({ diesAt, answersEnd = true }: Behaviour = {}, some: Partial<SampleThreads> = {}) {
  const ran: number[] = [];
  const opened: Pretended[] = [];
  class Pretended implements SampleThread {
    given = 0;
    done = 0;
    failed = false;
    closed = false;
    readonly #gathering: Promise<ReturnType<typeof gather>>;
    readonly #task: GatherTask;
    #last: Promise<void> = Promise.resolve();

    constructor(task: GatherTask) {
      this.#task = structuredClone({ ...task, claims: task.claims });
      this.#gathering = localPorts.runtime
        .open(task.shown.path, { optimization: 'all', threads: 1 })
        .then(session => gather(this.#task, session));
    }

    give(sample: number, feeds: Parameters<SampleThread['give']>[1]): void {
      this.given++;
      this.#last = this.#last.then(async () => {
        if (this.failed) return;
        if (sample === diesAt) {
          claim(this.#task.claims, sample);
          this.failed = true;
          return;
        }
        const before = Atomics.load(this.#task.claims, sample);
        try {
          await (await this.#gathering).run(sample, feeds);
        } catch {
          this.failed = true;
        }
        if (before === 0) ran.push(sample);
        this.done++;
      });
    }

    async end(): Promise<Gathered | undefined> {
      await this.#last;
      return this.failed || !answersEnd ? undefined : (await this.#gathering).gathered();
    }

    close(): void {
      this.closed = true;
    }
  }
  const threads: SampleThreads = {
    most: 1,
    memoryBytes: 2 ** 33,
    leastWork: 0,
    warm: () => {},
    open(task) {
      const thread = new Pretended(task);
      opened.push(thread);
      return thread;
    },
    ...some,
  };
  return { threads, ran, opened };
}

async function run(type: string, ports: Partial<Ports>, samples = source()): Promise<Observers> {
  const observers = observersOf(type);
  const folder = mkdtempSync(join(workDir, 'run-'));
  await calibrate({ prepared, observers, samples, workDir: folder }, { ...localPorts, ...ports });
  return observers;
}

const findings = (observers: Observers) =>
  NAMES.map(name => [
    observers.range(name),
    observers.isSilent(name),
    observers.find(name, ChannelMaxima)?.maxima(),
  ]);

test.each(['min-max', 'percentile', 'entropy', 'mse'])(
  '%s: shared or not, the result is the same',
  async type => {
    const { threads, ran, opened } = pretended();
    const shared = await run(type, { sampleThreads: threads });
    expect(findings(shared)).toEqual(findings(await run(type, {})));
    expect(ran.length).toBeGreaterThan(2);
    expect(ran.length).toBeLessThan(COUNT);
    expect(opened.map(({ closed }) => closed)).toEqual([true]);
  },
);

test('several threads share one set of samples', async () => {
  const { threads, ran, opened } = pretended({}, { most: 2 });
  const shared = await run('entropy', { sampleThreads: threads });
  expect(findings(shared)).toEqual(findings(await run('entropy', {})));
  expect(opened.length).toBe(2);
  expect(new Set(ran).size).toBe(ran.length);
});

test.each([
  ['dies at once', { diesAt: COUNT - 1 }],
  ['dies later', { diesAt: COUNT - 3 }],
  ['does not give what it has', { answersEnd: false }],
])('a thread that %s: what it claimed is run here', async (_, behaviour) => {
  const { threads } = pretended(behaviour);
  const progress: number[] = [];
  const shared = await run('entropy', {
    sampleThreads: threads,
    progress: ({ fraction }) => void progress.push(fraction),
  });
  expect(findings(shared)).toEqual(findings(await run('entropy', {})));
});

test('extents that say nothing are looked at, whoever met them, in the order of samples', async () => {
  // Sums of sizes overflow in the first sample, which runs here, and in the last, which does not.
  const huge = source((sample, x) =>
    sample === 0 || sample === COUNT - 1 ? x.map((e, i) => (i < 20 ? 3e38 - sample : e)) : x,
  );
  const { threads, ran } = pretended();
  const shared = await run('min-max', { sampleThreads: threads }, huge);
  expect(ran).toContain(COUNT - 1);
  expect(shared.range('negative')?.min).toBe(Math.fround(-3e38));
});

test('the first broken sample is named, whoever met which', async () => {
  const broken = source((sample, x) =>
    sample === 3 || sample === COUNT - 1 ? x.map((e, i) => (i === 7 ? Number.NaN : e)) : x,
  );
  for (const type of ['min-max', 'entropy']) {
    const { threads } = pretended();
    await expect(run(type, { sampleThreads: threads }, broken)).rejects.toMatchObject({
      code: 'dataset_not_finite',
      message: expect.stringMatching(/sample 3$/),
    });
  }
});

test('a sample that cannot be read is an error when its turn comes', async () => {
  const read: number[] = [];
  const samples = source((sample, x) => {
    if (sample === COUNT - 1) throw new Error(`sample ${sample} is torn`);
    read.push(sample);
    return x;
  });
  const { threads } = pretended();
  await expect(run('entropy', { sampleThreads: threads }, samples)).rejects.toThrow('sample 11 is torn');
  expect(new Set(read).size).toBe(COUNT - 1);
});

test.each([
  ['there is no other core', { most: 0 }],
  ['the limit leaves no room', { memoryBytes: 2 ** 27 }],
  ['there is little to do', { leastWork: COUNT * LENGTH * 4 * 3 }],
])('no thread where %s', async (_, some) => {
  const { threads, opened } = pretended({}, some);
  await run('entropy', { sampleThreads: threads });
  expect(opened).toEqual([]);
});

test('no thread where a statistic depends on the order of samples', async () => {
  const { threads, opened } = pretended();
  await run('moving-average', { sampleThreads: threads });
  expect(opened).toEqual([]);
});
