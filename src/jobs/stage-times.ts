/** How long a run was in each stage, from its reports of progress: each stage lasts until another one is reported. */
import type { Progress, Stage } from '../pipeline/ports.ts';

export interface StageTimes {
  report(progress: Progress): void;
  /** Seconds by stage, the present one until now. */
  seconds(): Readonly<Record<string, number>>;
}

/** @param now milliseconds of a clock that never goes back */
export function stageTimes(now: () => number = () => performance.now()): StageTimes {
  const spent = new Map<Stage, number>();
  let present: { readonly stage: Stage; readonly since: number } | undefined;
  const end = (): void => {
    if (present) spent.set(present.stage, (spent.get(present.stage) ?? 0) + now() - present.since);
  };
  return {
    report({ stage }) {
      if (stage === present?.stage) return;
      end();
      present = { stage, since: now() };
    },
    seconds() {
      end();
      if (present) present = { ...present, since: now() };
      return Object.fromEntries([...spent].map(([stage, milliseconds]) => [stage, milliseconds / 1000]));
    },
  };
}
