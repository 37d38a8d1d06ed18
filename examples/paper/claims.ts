/** What the paper claims of quantization, held against the figures of one job. */
import type { Report } from '../../src/contracts/report.ts';
import { formatChange, formatPercent, formatRatio } from '../../src/pipeline/render/format.ts';

export interface Claim {
  readonly id: 'accuracy' | 'size' | 'speed';
  readonly text: string;
  /** What "holds" means here. */
  readonly bar: string;
}

export const CLAIMS: readonly Claim[] = [
  { id: 'accuracy', text: 'accuracy is nearly unchanged', bar: 'a loss of at most one point' },
  { id: 'size', text: 'parameters are compressed', bar: 'constants take at most 55 % of the bytes' },
  { id: 'speed', text: 'inference is faster', bar: 'the 95 % interval of the speed-up lies above 1' },
];

const MAX_DROP = 0.01;
const MAX_WEIGHT_RATIO = 0.55;

export interface Finding {
  readonly claim: Claim['id'];
  /** Undefined where it was not measured. */
  readonly holds: boolean | undefined;
  readonly figure: string;
}

export function findings({ accuracy, comparison, models }: Report): readonly Finding[] {
  const { weightRatio, speedup, speedupLow, speedupHigh } = comparison;
  const scores = [models.reference.score, models.artifact.score].map(score =>
    score === undefined ? '?' : formatPercent(score),
  );
  return [
    {
      claim: 'accuracy',
      holds: accuracy && accuracy.drop <= MAX_DROP,
      figure: accuracy ? `${scores.join(' to ')} (${formatChange(accuracy.drop, accuracy)})` : 'not measured',
    },
    {
      claim: 'size',
      holds: weightRatio === undefined ? undefined : weightRatio <= MAX_WEIGHT_RATIO,
      figure: weightRatio === undefined ? 'not measured' : `${formatRatio(weightRatio)} of the bytes`,
    },
    {
      claim: 'speed',
      holds: speedup === undefined || speedupLow === undefined ? undefined : speedupLow > 1,
      figure:
        speedup === undefined
          ? 'not measured'
          : `${formatRatio(speedup)} (${formatRatio(speedupLow ?? speedup)} to ${formatRatio(speedupHigh ?? speedup)})`,
    },
  ];
}
