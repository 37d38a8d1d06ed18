/** What would find nothing to quantize is known before anything is run. */
import type { Method } from '../core/quantization/method.ts';
import { predictPlan } from './predict.ts';
import type { PreparedModel } from './prepared-model.ts';
import { refuseNothingQuantized } from './produce.ts';

/** @throws BitpressError nothing_quantized and those of preparing and planning */
export async function refuseUseless(
  method: Method,
  options: Readonly<Record<string, unknown>>,
  prepare: (minOpset: number) => Promise<PreparedModel>,
): Promise<void> {
  const prepared = await prepare(method.opset?.(options) ?? 0);
  refuseNothingQuantized(method, predictPlan(prepared, method, options).plan);
}
