/**
 * The first line of a report: what must be known before any figure is used, then the figures in one breath.
 *
 * Order: ranges that are not real, an output that is not finite, gates that were missed, slower than fp32; then size,
 * speed and accuracy.
 */
import type { Report } from '../contracts/report.ts';

type Facts = Omit<Report, 'headline'>;

/** Sizes and speeds this close to equal are called equal. */
const NEAR = 0.02;

export function headlineOf(report: Facts): string {
  return [...alarms(report), summary(report)].join('. ');
}

function alarms({ calibration, gates, comparison, outputs, advice, models }: Facts): string[] {
  const found: string[] = [];
  if (calibration?.synthetic) found.push('RANGES ARE NOT REAL: calibrated on random data');
  const broken = outputs.filter(output => !output.finite);
  if (broken.length > 0) found.push(`NOT FINITE: ${broken.length} of ${outputs.length} outputs`);
  const missed = gates.filter(gate => !gate.passed);
  if (missed.length > 0) found.push(`GATES MISSED: ${missed.map(gate => gate.name).join(', ')}`);
  const { speedup, speedupHigh } = comparison;
  if (speedup !== undefined && speedupHigh !== undefined && speedupHigh < 1)
    found.push(
      `SLOWER THAN ${models.reference.title} (${speedup.toFixed(2)}x). ${advice[0] ?? ''}`.replace(
        /\.? *$/,
        '',
      ),
    );
  return found;
}

function summary({ comparison, accuracy, models }: Facts): string {
  const parts: string[] = [];
  const { sizeRatio, speedup, speedupLow, speedupHigh, minSqnrDb } = comparison;
  if (sizeRatio !== undefined) parts.push(factor(1 / sizeRatio, 'smaller', 'larger', 'the same size'));
  if (speedup !== undefined) {
    const clear =
      speedupLow !== undefined && speedupHigh !== undefined && (speedupLow > 1 || speedupHigh < 1);
    parts.push(clear ? factor(speedup, 'faster', 'slower', 'as fast') : 'about as fast');
  }
  const { score: before } = models.reference;
  const { score: after } = models.artifact;
  if (accuracy && before !== undefined && after !== undefined) {
    const show = (score: number): string =>
      accuracy.isAccuracy
        ? `${(score * 100).toFixed(2)} %`
        : `${score.toPrecision(5)} ${accuracy.unit}`.trim();
    parts.push(`${accuracy.title.toLowerCase()} ${show(before)} before, ${show(after)} after`);
  } else if (minSqnrDb !== undefined) {
    parts.push(
      minSqnrDb >= 300 ? 'outputs identical to fp32' : `outputs at ${minSqnrDb.toFixed(1)} dB against fp32`,
    );
  }
  const line = parts.join(', ');
  return line.charAt(0).toUpperCase() + line.slice(1);
}

function factor(value: number, more: string, less: string, same: string): string {
  if (Math.abs(value - 1) < NEAR) return same;
  return value > 1 ? `${value.toFixed(value < 10 ? 2 : 1)}x ${more}` : `${(1 / value).toFixed(2)}x ${less}`;
}
