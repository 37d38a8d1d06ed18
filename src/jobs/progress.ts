/**
 * Progress of a run on its way into the queue. A sandbox tells of every sample, hundreds of times a second, and in the
 * queue each telling is a write, an event and a read of it by every server.
 *
 * Invariant: one write at a time and one in `PROGRESS_MS`; the last that was told is written, unless the run ends first.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress, ReportProgress } from '../pipeline/ports.ts';

/** Event streams look at a job twice a second. */
export const PROGRESS_MS = 250;

export interface ProgressWriter {
  readonly report: ReportProgress;
  /** Nothing is written any more: the run is over, or its job is another worker's. */
  stop(): void;
}

export function progressWriter(write: (progress: Progress) => Promise<unknown>): ProgressWriter {
  const stopped = new AbortController();
  let next: Progress | undefined;
  let writing = false;
  const drain = async (): Promise<void> => {
    writing = true;
    while (next && !stopped.signal.aborted) {
      const progress = next;
      next = undefined;
      // What is lost here the next one says.
      await write(progress).catch(() => {});
      await sleep(PROGRESS_MS, undefined, { signal: stopped.signal, ref: false }).catch(() => {});
    }
    writing = false;
  };
  return {
    report(progress) {
      next = progress;
      if (!writing) void drain();
    },
    stop: () => stopped.abort(),
  };
}
