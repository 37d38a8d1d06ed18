/**
 * The accuracy helpers, in the order in which they run: equal float models first, then weights, then biases, which make
 * up for what became of the weights.
 */
import { type Registry, registry } from '../../../registry.ts';
import { crossLayerEqualization } from './cross-layer-equalization.ts';
import type { AccuracyHelper, FloatRewrite, PlanRefinement } from './helper.ts';

export const HELPERS: Registry<AccuracyHelper> = registry<AccuracyHelper>('accuracy helpers', [
  crossLayerEqualization,
]);

/** The options of all helpers together, for the methods that use them. */
export const HELPER_OPTIONS = Object.assign({}, ...HELPERS.all.map(helper => helper.options)) as Record<
  never,
  never
>;

/** What the options ask for before calibration, in order. */
export function floatRewrites(options: Readonly<Record<string, unknown>>): readonly FloatRewrite[] {
  return HELPERS.all.flatMap(helper => helper.rewrite?.(options) ?? []);
}

/** What the options ask for after planning, in order. */
export function planRefinements(options: Readonly<Record<string, unknown>>): readonly PlanRefinement[] {
  return HELPERS.all.flatMap(helper => helper.refinement?.(options) ?? []);
}
