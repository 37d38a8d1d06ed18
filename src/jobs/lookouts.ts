/** One subscription to the queue's events, shared by all clients that wait for the end of a job. */
import type { QueueEvents } from 'bullmq';

export interface Lookouts {
  /** Until the job is over, the time has passed or the signal is aborted. */
  next(id: string, milliseconds: number, signal: AbortSignal): Promise<void>;
}

export function lookouts(events: QueueEvents): Lookouts {
  const waiting = new Map<string, Set<() => void>>();
  const wake = ({ jobId: id }: { jobId: string }): void => {
    for (const resolve of waiting.get(id) ?? []) resolve();
  };
  events.on('completed', wake);
  events.on('failed', wake);
  return {
    next: (id, milliseconds, signal) =>
      new Promise<void>(resolve => {
        const set = waiting.get(id) ?? new Set();
        waiting.set(id, set);
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          set.delete(done);
          if (set.size === 0) waiting.delete(id);
          resolve();
        };
        const timer = setTimeout(done, milliseconds);
        signal.addEventListener('abort', done, { once: true });
        set.add(done);
      }),
  };
}
