/** What a row of the matrix must hold. */
import type { AgainstRow } from './against-row.ts';
import type { MatrixCase } from './cases.ts';
import type { MatrixRow } from './run-row.ts';

/** Relative to fp32, for the default settings in 8 bits. */
const MAX_LOSS = 0.005;
const DEFAULTS_IN_8_BITS = ['static-int8', 'dynamic-int8', 'weight-only-int8'];
/** Codes that say the request asks for nothing this model has. */
const REFUSALS = ['nothing_quantized', 'invalid_spec', 'model_unsupported', 'opset_unsupported'];

export function faults(model: MatrixCase, { setting, report, failure }: MatrixRow): readonly string[] {
  const where = `${model.name} ${JSON.stringify(setting)}`;
  if (failure) return REFUSALS.includes(failure.code) ? [] : [`${where}: ${failure.code}: ${failure.detail}`];
  const isDefault = Object.keys(setting).length === 1 && DEFAULTS_IN_8_BITS.includes(setting.type);
  const score = report?.models.artifact.score;
  const fp32 = report?.models.reference.score;
  if (!isDefault) return [];
  if (score === undefined || fp32 === undefined) return [`${where}: it has no score`];
  const sign = model.lowerIsBetter ? -1 : 1;
  if ((sign * (fp32 - score)) / fp32 > MAX_LOSS) return [`${where}: ${score} against ${fp32} of fp32`];
  return [];
}

/** No worse than the reference's best row: by the paired test, and by a limit that no small evaluation set can hide behind. */
export function rowFault(
  { name, reference }: MatrixCase,
  { ours, verdict, difference }: AgainstRow,
): readonly string[] {
  if (verdict !== 'worse') return [];
  return [
    `${name}: ${ours} against ${reference?.score} of the reference (${reference?.row}), worse by ${(100 * difference).toFixed(3)} %`,
  ];
}
