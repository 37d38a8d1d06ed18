/** Tells the progress of stages and adds up how long each took, in milliseconds. */
import type { Ports, Stage } from './ports.ts';

export interface StageClock {
  enter(stage: Stage): void;
  finish(): Readonly<Partial<Record<Stage, number>>>;
}

export function stageClock({ host, progress }: Ports): StageClock {
  const spent: Partial<Record<Stage, number>> = {};
  let current: { stage: Stage; since: number } | undefined;
  const leave = (): void => {
    if (current) spent[current.stage] = (spent[current.stage] ?? 0) + host.now() - current.since;
  };
  return {
    enter(stage: Stage): void {
      leave();
      current = { stage, since: host.now() };
      progress({ stage, fraction: 0 });
    },
    finish(): Readonly<Partial<Record<Stage, number>>> {
      leave();
      return spent;
    },
  };
}
