/** Asks /livez all the time and keeps how long each answer took. */
import { setTimeout as sleep } from 'node:timers/promises';

const PERIOD_MS = 50;
const TIMEOUT_MS = 10_000;

export interface LivezFigures {
  readonly asked: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export function probeLivez(url: string): { stop(): Promise<LivezFigures> } {
  const times: number[] = [];
  let failed = 0;
  let running = true;
  const done = (async () => {
    while (running) {
      const began = performance.now();
      const answer = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
        () => undefined,
      );
      await answer?.arrayBuffer();
      if (answer?.status !== 200) failed++;
      times.push(performance.now() - began);
      await sleep(PERIOD_MS);
    }
  })();
  return {
    async stop() {
      running = false;
      await done;
      const sorted = times.toSorted((a, b) => a - b);
      const at = (share: number): number =>
        sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
      return { asked: times.length, failed, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
    },
  };
}
