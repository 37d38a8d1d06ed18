/**
 * Worker threads behind the SampleThreads port. One that is done with a calibration waits for the next.
 *
 * Invariant: nothing waits for a thread but `end`, for as long as it says; a thread that failed is never asked again, and
 * one that idles does not keep the process.
 */
import { availableParallelism, totalmem } from 'node:os';
import { Worker } from 'node:worker_threads';
import { bytesOf } from '../../core/tensor/tensor.ts';
import type { Gathered } from '../../pipeline/gather.ts';
import type { SampleThread, SampleThreads, TensorMap } from '../../pipeline/ports.ts';
import { type ThreadEntry, threadEntry } from '../child-entry.ts';
import type { SentTensor, ThreadReply, ThreadRequest } from './protocol.ts';

/** As in the process of a job, where V8_FLAGS say so. In MB. */
const HEAP = { maxYoungGenerationSizeMb: 3 } as const;

/** Sessions of more threads are left to large machines beyond this: each takes the model's memory once more. */
const MOST = 3;

/** About the values of 0.2 s of convolutions. A thread takes that long to load and to open a session. */
const LEAST_WORK = 2 ** 30;

export interface ThreadsOptions {
  /** What the process may take, where that is limited. */
  readonly limitBytes?: number;
  readonly most?: number;
  readonly leastWork?: number;
  readonly entry?: ThreadEntry;
}

export function sampleThreads(options: ThreadsOptions = {}): SampleThreads {
  const {
    limitBytes = Number.POSITIVE_INFINITY,
    leastWork = LEAST_WORK,
    most = Math.min(MOST, availableParallelism() - 1),
    entry = threadEntry('sample-thread'),
  } = options;
  const memoryBytes = Math.min(
    limitBytes,
    totalmem(),
    process.constrainedMemory() || Number.POSITIVE_INFINITY,
  );
  const idle: Worker[] = [];
  const start = (): Worker => {
    const worker = new Worker(entry.source, {
      eval: entry.eval,
      env: {},
      execArgv: [],
      resourceLimits: HEAP,
    });
    // An error without a listener would be one of this thread; whoever uses the worker looks at its end.
    worker.on('error', () => {});
    worker.once('exit', () => {
      const at = idle.indexOf(worker);
      if (at >= 0) idle.splice(at, 1);
    });
    worker.unref();
    return worker;
  };
  return {
    most,
    memoryBytes,
    leastWork,
    warm() {
      if (most > 0 && idle.length === 0) idle.push(start());
    },
    open(task, { threads }) {
      const worker = idle.pop() ?? start();
      const thread = new WorkerThread(worker, () => idle.push(worker));
      thread.send({ type: 'open', task, threads });
      return thread;
    },
  };
}

class WorkerThread implements SampleThread {
  readonly #worker: Worker;
  readonly #release: () => void;
  given = 0;
  done = 0;
  #state: 'open' | 'ending' | 'ended' | 'failed' = 'open';
  #settle: (gathered: Gathered | undefined) => void = () => {};

  constructor(worker: Worker, release: () => void) {
    this.#worker = worker;
    this.#release = release;
    worker.ref();
    worker.on('message', this.#hear).on('exit', this.#fail).on('error', this.#fail);
  }

  get failed(): boolean {
    return this.#state === 'failed';
  }

  send(request: ThreadRequest, moved: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(request, moved);
  }

  give(sample: number, feeds: TensorMap): void {
    this.given++;
    const sent = copied(feeds);
    this.send(
      { type: 'run', sample, feeds: sent },
      Object.values(sent).map(({ bytes }) => bytes.buffer),
    );
  }

  async end(limitMs: number): Promise<Gathered | undefined> {
    if (this.#state !== 'open') return undefined;
    const gathered = new Promise<Gathered | undefined>(resolve => {
      this.#settle = resolve;
    });
    this.#finish();
    const timer = setTimeout(this.#fail, limitMs);
    try {
      return await gathered;
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    if (this.#state === 'open') this.#finish();
    this.#worker.unref();
  }

  #finish(): void {
    this.#state = 'ending';
    this.send({ type: 'end' });
  }

  readonly #hear = (message: ThreadReply): void => {
    if (message.type === 'ran') this.done++;
    else if (message.type === 'failed') this.#fail();
    else {
      this.#leave('ended');
      this.#worker.unref();
      this.#release();
      this.#settle(message.gathered);
    }
  };

  readonly #fail = (): void => {
    if (this.#state === 'ended' || this.#state === 'failed') return;
    this.#leave('failed');
    // A run cannot be interrupted: nobody waits for its end.
    this.#worker.unref();
    void this.#worker.terminate();
    this.#settle(undefined);
  };

  #leave(state: 'ended' | 'failed'): void {
    this.#state = state;
    this.#worker.off('message', this.#hear).off('exit', this.#fail).off('error', this.#fail);
  }
}

function copied(feeds: TensorMap): Record<string, SentTensor> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, dims, data }]) => [
      name,
      { dtype, dims, bytes: new Uint8Array(bytesOf(data as ArrayBufferView)) },
    ]),
  );
}
