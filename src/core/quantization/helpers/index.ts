/**
 * The accuracy helpers, in the order in which they run: equal float models first, then weights, then biases, which make
 * up for what became of the weights.
 */
import { type Registry, registry } from '../../../registry.ts';
import { biasCorrection } from './bias-correction.ts';
import { crossLayerEqualization } from './cross-layer-equalization.ts';
import { gptqRounding } from './gptq-rounding.ts';
import type { AccuracyHelper, FloatRewrite, PlanRefinement } from './helper.ts';
import { scaleSearch } from './scale-search.ts';
import { smoothQuant } from './smooth-quant.ts';

const ENTRIES = [crossLayerEqualization, smoothQuant, scaleSearch, gptqRounding, biasCorrection] as const;

export const HELPERS: Registry<AccuracyHelper> = registry<AccuracyHelper>('accuracy helpers', ENTRIES);

/** All of them at once, where a union says one of them. */
type All<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer Every) => void
  ? Every
  : never;

/** The options of all helpers together, for the methods that use them. */
export const HELPER_OPTIONS = Object.assign({}, ...ENTRIES.map(helper => helper.options)) as All<
  (typeof ENTRIES)[number]['options']
>;

/** What the options ask for before calibration, in order. */
export function floatRewrites(options: Readonly<Record<string, unknown>>): readonly FloatRewrite[] {
  return HELPERS.all.flatMap(helper => helper.rewrite?.(options) ?? []);
}

/** What the options ask for after planning, in order, as one. */
export function planRefinement(options: Readonly<Record<string, unknown>>): PlanRefinement {
  const asked = HELPERS.all.flatMap(helper => helper.refinement?.(options) ?? []);
  return {
    watch(linear, observers) {
      for (const each of asked) each.watch(linear, observers);
    },
    refine: (plan, graph, observers) =>
      asked.reduce((refined, each) => each.refine(refined, graph, observers), plan),
  };
}
