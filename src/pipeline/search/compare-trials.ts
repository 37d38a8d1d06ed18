/**
 * Which of two artifacts a search hands out, and which ones nobody could prefer the others to.
 *
 * Order: gates first. Among artifacts that hold them all, the preference, with what is nearly equal decided by the next
 * objective; among those that miss one, the smaller error, since that is what must be mended.
 */
import type { Preference } from '../../core/quantization/search.ts';
import type { TrialFigures } from './trial.ts';

/** Latencies closer than this are noise; sizes closer than this are the same. */
const SAME_SPEED = 0.03;
const SAME_SIZE = 0.01;

type Objective = (figures: TrialFigures) => number;

const time: Objective = ({ speedup }) => (speedup === undefined ? 1 : 1 / speedup);
const bytes: Objective = figures => figures.bytes;
/** Labels tell more than decibels where there are some. */
const error: Objective = ({ drop, minSqnrDb }) => drop ?? -(minSqnrDb ?? 0);

const OBJECTIVES: Readonly<Record<Preference, readonly Objective[]>> = {
  latency: [time, bytes, error],
  size: [bytes, time, error],
  accuracy: [error, time, bytes],
};
const SAME = new Map<Objective, number>([
  [time, SAME_SPEED],
  [bytes, SAME_SIZE],
]);

/** Better by more than noise. */
function isBetter(a: TrialFigures, b: TrialFigures, objective: Objective): boolean {
  const [x, y] = [objective(a), objective(b)];
  return y - x > (SAME.get(objective) ?? 0) * Math.abs(y);
}

/** True where `a` is to be handed out rather than `b`. */
export function isPreferred(a: TrialFigures, b: TrialFigures, prefer: Preference): boolean {
  if ((a.missed.length === 0) !== (b.missed.length === 0)) return a.missed.length === 0;
  for (const objective of a.missed.length > 0 ? OBJECTIVES.accuracy : OBJECTIVES[prefer]) {
    if (isBetter(a, b, objective)) return true;
    if (isBetter(b, a, objective)) return false;
  }
  return false;
}

/** The Pareto front: true where no other is better in error, bytes or time, and worse in none, by more than noise. */
export function isOnFront(figures: TrialFigures, others: readonly TrialFigures[]): boolean {
  const objectives = [error, bytes, time];
  return !others.some(
    other =>
      objectives.some(objective => isBetter(other, figures, objective)) &&
      !objectives.some(objective => isBetter(figures, other, objective)),
  );
}
