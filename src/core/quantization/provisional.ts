/**
 * Ranges that stand in for calibration data, so that a static plan can be made and measured without a single run.
 *
 * Invariant: what a plan decides about nodes, types and bytes comes out as with real ranges: a value is taken to reach
 * its clip's bounds on the sides where there are some, and both signs elsewhere. The scales mean nothing.
 */
import type { Observer, Range } from '../calibration/observer.ts';
import { Observers } from '../calibration/observers.ts';
import type { Graph } from '../ir/graph.ts';
import type { Value } from '../ir/value.ts';
import { operatorSpec } from '../ops/index.ts';

const ANYTHING: Range = { min: -1, max: 1 };
/** Ranges differ by this much from value to value, as real ones do: equal constants would be written once. */
const STEP = 2 ** -16;

/** @param names of the values that a method watches; statistics other than ranges are left out */
export function provisionalObservers(graph: Graph, names: readonly string[]): Observers {
  const produced = new Map(
    graph.nodes.flatMap(node => node.outputs.flatMap(value => (value ? [[value.name, value] as const] : []))),
  );
  const observers = new Observers();
  names.forEach((name, index) => {
    const { min, max } = rangeOf(produced.get(name));
    const factor = 1 - (index + 1) * STEP;
    observers.watch(name, fixedObserver({ min: min * factor, max: max * factor }));
  });
  return observers;
}

function rangeOf(value: Value | undefined): Range {
  const spec = value?.producer && operatorSpec(value.producer);
  const bounds = spec?.role === 'clip' && value?.producer ? spec.bounds(value.producer) : undefined;
  if (!bounds) return ANYTHING;
  const min = Number.isFinite(bounds.min) ? bounds.min : ANYTHING.min;
  return { min, max: Number.isFinite(bounds.max) ? bounds.max : Math.max(ANYTHING.max, min + 1) };
}

const fixedObserver = (range: Range): Observer => ({
  observe: () => {},
  range: () => range,
  extremes: () => range,
});
