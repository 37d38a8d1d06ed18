/** Stage "quantizing": plan, lower a fresh copy, validate, write. */

import type { Observers } from '../core/calibration/observers.ts';
import type { Model } from '../core/ir/model.ts';
import type { Method, PlanContext } from '../core/quantization/method.ts';
import type { QuantPlan } from '../core/quantization/plan.ts';
import type { RoundedWeights } from '../core/quantization/rounding/weight-rounding.ts';
import { lowered } from './lowered.ts';
import type { Files } from './ports.ts';
import type { PreparedModel } from './prepared-model.ts';
import { writeModelFile, writeWorkingFile } from './write-model-file.ts';

export interface QuantizeRequest {
  readonly prepared: PreparedModel;
  readonly method: Method;
  readonly options: Readonly<Record<string, unknown>>;
  readonly observers: Observers;
  readonly released: ReadonlyMap<string, string>;
  readonly rounded?: RoundedWeights;
}

/** Writes the artifact and returns the plan it follows. */
export function quantizeTo(path: string, request: QuantizeRequest, files: Files): QuantPlan {
  const { model, plan } = quantized(request);
  writeModelFile(model, path, files);
  return plan;
}

/** The same for a model that is only looked at: weights that it leaves alone are not written again. */
export function quantizeWorkingFile(path: string, request: QuantizeRequest, files: Files): void {
  writeWorkingFile(quantized(request).model, path, files);
}

function quantized({ prepared, method, options, observers, released, rounded }: QuantizeRequest): {
  readonly model: Model;
  readonly plan: QuantPlan;
} {
  const context: PlanContext<Record<string, unknown>> = {
    model: prepared.fresh(),
    options,
    released,
    ...(rounded && { rounded }),
  };
  const plan = method.plan(context, observers);
  return { model: lowered(prepared, method, plan, options), plan };
}
