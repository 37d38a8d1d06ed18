/** Numbers as people read them. One place, so that the pages and the terminal never differ. */

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** Decimal units, three significant digits: 721 KB. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : significant(value, 3)} ${UNITS[unit]}`;
}

export function formatMs(ms: number): string {
  return ms >= 10_000 ? `${significant(ms / 1000, 3)} s` : `${significant(ms, 3)} ms`;
}

export function formatDb(db: number): string {
  if (db >= 300) return 'exact';
  return db <= -300 ? 'not finite' : `${db.toFixed(1)} dB`;
}

export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

export function formatRatio(ratio: number): string {
  return `${significant(ratio, 3)}x`;
}

export function formatPercent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

export function formatScore(
  score: number,
  { isAccuracy, unit }: { isAccuracy: boolean; unit: string },
): string {
  return isAccuracy ? formatPercent(score) : `${significant(score, 5)} ${unit}`.trim();
}

/** A figure that may not have been measured. */
export function orDash(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? '–' : format(value);
}

/** A signed loss or gain: "-0.15 points", "+0.07 %". */
export function formatChange(drop: number, { isAccuracy }: { isAccuracy: boolean }): string {
  if (Math.abs(drop) >= 1e6) return 'lost';
  const value = -drop * 100;
  const text = isAccuracy ? Math.abs(value).toFixed(2) : significant(Math.abs(value), 3);
  const sign = Number(text) === 0 ? '' : value < 0 ? '-' : '+';
  return `${sign}${text} ${isAccuracy ? 'points' : '%'}`;
}

/** Never in scientific notation between 1e-4 and 1e15. */
export function significant(value: number, digits: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e15) return value.toExponential(digits - 1);
  // Rounding first: 0.9996 has one digit before the point, and not none.
  const rounded = Number(value.toPrecision(digits));
  return rounded.toFixed(Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(rounded)))));
}
