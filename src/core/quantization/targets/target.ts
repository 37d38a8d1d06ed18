/**
 * What a target is: where the artifact will run, as far as that decides which options of a method are legal there.
 *
 * A target lives in one file and one line of index.ts. It decides through options alone: what it wants is what a spec
 * could have asked for by name, so that a plan, a report and another target's user can all read it.
 *
 * Invariant: an option that is not listed is free; where a method's own default is not legal, the first legal value
 * takes its place.
 */
import type { Identified } from '../../../registry.ts';

export type OptionValue = string | number | boolean;

/** The values that run on the target, the preferred one first, and why the others do not. */
export interface Legal {
  readonly values: readonly [OptionValue, ...OptionValue[]];
  readonly why: string;
  /** The option stays open where this holds of the others. */
  unless?(options: Readonly<Record<string, unknown>>): boolean;
}

/** A combination of options that does not run, though each value alone would. */
export interface Conflict {
  readonly field: string;
  readonly detail: string;
  readonly hint: string;
}

export type TargetMethod =
  | { readonly refused: string; readonly hint: string }
  | {
      readonly options: Readonly<Record<string, Legal>>;
      conflict?(options: Readonly<Record<string, unknown>>): Conflict | undefined;
    };

export interface Target extends Identified {
  readonly title: string;
  /** One or two sentences for users. */
  readonly summary: string;
  /** A target whose wishes it shares where it is itself a CPU that adds uint8 by int8 products with saturation. */
  readonly whereSumsSaturate?: string;
  /** By id of the method; a method that is not listed runs with any options. */
  readonly methods: Readonly<Record<string, TargetMethod>>;
}
