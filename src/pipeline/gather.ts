/**
 * The part of a calibration that another thread takes over: some of the samples, on a session of its own.
 *
 * Invariant: what it is told and what it tells are plain data. A sample is run by whoever claims it first, and by nobody
 * else.
 */
import { Observers, type TalliesHeld, type TallyKinds } from '../core/calibration/observers.ts';
import type { Session, TensorMap } from './ports.ts';
import { lookAtRuns, type ShownValues } from './show-values.ts';
import { type Doubt, watchRuns } from './watch-runs.ts';

export interface GatherTask {
  readonly shown: ShownValues;
  readonly kinds: TallyKinds;
  /** One for each sample, in memory that threads share; 0 where nobody has claimed it. */
  readonly claims: Int32Array<SharedArrayBuffer>;
}

export interface Gathered {
  readonly held: TalliesHeld;
  readonly doubts: readonly Doubt[];
}

/** True for the first who asks. */
export function claim(claims: Int32Array<SharedArrayBuffer>, sample: number): boolean {
  return Atomics.compareExchange(claims, sample, 0, 1) === 0;
}

export interface Gathering {
  /** Runs the sample, unless somebody else has claimed it. */
  run(sample: number, feeds: TensorMap): Promise<void>;
  gathered(): Gathered;
}

export function gather({ shown, kinds, claims }: GatherTask, session: Session): Gathering {
  const observers = Observers.ofTallies(kinds);
  const runs = watchRuns(observers);
  const look = lookAtRuns(shown, runs);
  return {
    async run(sample, given) {
      if (!claim(claims, sample)) return;
      const results = await session.run(given, shown.fetched);
      look({ sample, results, given, fraction: 1 });
      session.discard?.(results);
    },
    gathered: () => ({ held: observers.held(), doubts: runs.doubts }),
  };
}
