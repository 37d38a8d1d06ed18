/** An empty tally of a kind. */
import { ChannelMaxima } from './channel-maxima.ts';
import { Extremes } from './extremes.ts';
import { FiniteReach } from './finite-reach.ts';
import { Histogram } from './histogram.ts';
import { SampledRows } from './sampled-rows.ts';
import type { Tally, TallyKind } from './tally.ts';

export function makeTally(kind: TallyKind): Tally {
  switch (kind.type) {
    case 'extremes':
      return new Extremes();
    case 'finite-reach':
      return new FiniteReach();
    case 'histogram':
      return new Histogram();
    case 'sampled-rows':
      return new SampledRows(kind.axis);
    case 'channel-maxima':
      return new ChannelMaxima(kind.axis, kind.channels);
  }
}
