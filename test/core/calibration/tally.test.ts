/** Tallies of parts of the samples, merged, held against one that saw all samples and against plain loops. */
import { expect, test } from 'vitest';
import { ChannelMaxima } from '../../../src/core/calibration/channel-maxima.ts';
import { Histogram } from '../../../src/core/calibration/histogram.ts';
import { CALIBRATORS } from '../../../src/core/calibration/index.ts';
import { makeTally } from '../../../src/core/calibration/make-tally.ts';
import { Observers } from '../../../src/core/calibration/observers.ts';
import type { Tally, TallyKind } from '../../../src/core/calibration/tally.ts';
import { normal } from '../../support/seeded.ts';

const DIMS = [1, 4, 500];
/** Widths of histograms differ by powers of two, and some samples have one sign only. */
const SCALES = [1, 0, 1e-20, -3, 700, 1e-3, 2e30, 0.5];

const samples = SCALES.map((scale, seed) => {
  const data = normal(2000, seed + 1);
  return data.map(x => (scale < 0 ? Math.min(x, 0) * -scale : x * scale));
});
const KINDS: readonly TallyKind[] = [
  { type: 'extremes' },
  { type: 'finite-reach' },
  { type: 'histogram' },
  { type: 'channel-maxima', axis: 1, channels: 4 },
];

function tallyOf(kind: TallyKind, which: readonly number[]): Tally {
  const tally = makeTally(kind);
  for (const at of which) tally.observe(samples[at]!, 1, DIMS);
  return tally;
}

const ALL = samples.map((_, at) => at);
const SPLITS = [
  [ALL, []],
  [[], ALL],
  [
    [0, 2, 4, 6],
    [7, 5, 3, 1],
  ],
  [[6], [1, 2, 3, 0, 4, 5, 7]],
  [[2], [6, 4], [1, 0], [3, 5, 7]],
];

for (const kind of KINDS)
  test.each(SPLITS)(`${kind.type}: parts %j and %j add up`, (...parts) => {
    const [first, ...others] = parts.filter(Array.isArray).map(which => tallyOf(kind, which));
    for (const other of others) first!.merge(other.held());
    expect(first!.held()).toEqual(tallyOf(kind, ALL).held());
  });

test('counts of merged histograms are those of a plain loop', () => {
  const merged = new Histogram();
  for (const which of [[4], [0, 7], [3, 1]]) merged.merge(tallyOf({ type: 'histogram' }, which).held());
  const counts = new Float64Array(merged.counts.length);
  for (const at of [4, 0, 7, 3, 1])
    for (const x of samples[at]!) counts[Math.floor(x / merged.width) + counts.length / 2]! += 1;
  expect(merged.counts).toEqual(counts);
  expect(merged.total).toBe(5 * 2000);
  expect(merged.zeros).toBe([4, 0, 7, 3, 1].flatMap(at => [...samples[at]!]).filter(x => x === 0).length);
});

test('a part that contradicts the channels says so of the whole', () => {
  const whole = new ChannelMaxima(1, 4);
  whole.observe(samples[0]!, 1, DIMS);
  const part = new ChannelMaxima(1, 4);
  part.observe(samples[1]!, 1, [1, 5, 400]);
  whole.merge(part.held());
  expect(whole.maxima()).toBeUndefined();
});

test('observers of one value merge by kind; what was shown to a part only is not silent', () => {
  const watch = (): Observers => {
    const observers = new Observers();
    for (const name of ['a', 'b', 'never']) {
      observers.watch(name, CALIBRATORS.get('entropy')!.create({}, { levels: 256, symmetric: false }));
      observers.watch(name, new ChannelMaxima(1, 4));
    }
    return observers;
  };
  const [whole, all] = [watch(), watch()];
  const part = Observers.ofTallies(structuredClone(whole.tallyKinds!));
  for (const at of ALL) {
    all.observe('a', samples[at]!, DIMS);
    (at % 3 === 0 ? part : whole).observe('a', samples[at]!, DIMS);
  }
  all.observe('b', samples[0]!, DIMS);
  part.observe('b', samples[0]!, DIMS);
  whole.merge(structuredClone(part.held()));
  for (const each of [whole, all]) each.end();
  for (const name of ['a', 'b']) {
    expect(whole.range(name)).toEqual(all.range(name));
    expect(whole.find(name, ChannelMaxima)?.maxima()).toEqual(all.find(name, ChannelMaxima)?.maxima());
    expect(whole.isSilent(name)).toBe(false);
  }
  expect(whole.isSilent('never')).toBe(true);
});

test.each([
  ['min-max', true],
  ['percentile', true],
  ['entropy', true],
  ['mse', true],
  // A mean of the samples' ends depends on how they are added up.
  ['moving-average', false],
])('%s keeps a tally: %s', (id, expected) => {
  const observers = new Observers();
  observers.watch('x', CALIBRATORS.get(id)!.create({}, { levels: 256, symmetric: false }));
  expect(observers.tallyKinds !== undefined).toBe(expected);
});
