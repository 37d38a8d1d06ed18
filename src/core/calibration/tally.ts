/**
 * What a statistic keeps where neither the order of the samples nor who saw them matters: tallies of several parts of the
 * samples add up to what one tally of all samples holds, to the last bit.
 *
 * Minima, maxima and counts are such. Sums of floats are not, nor is anything that picks samples by their place.
 */
import type { Statistic } from './observer.ts';
import type { ChannelAxis } from './sampled-rows.ts';

/** What it takes to make an empty one: plain data, for another thread. */
export type TallyKind =
  | { readonly type: 'extremes' }
  | { readonly type: 'finite-reach' }
  | { readonly type: 'histogram' }
  | { readonly type: 'sampled-rows'; readonly axis: ChannelAxis }
  | { readonly type: 'channel-maxima'; readonly axis: number; readonly channels: number };

export interface Tally extends Statistic {
  readonly kind: TallyKind;
  /** All that it holds, as numbers whose meaning is its own. */
  held(): Float64Array;
  /** Adds what a tally of the same kind held. */
  merge(held: Float64Array): void;
}
