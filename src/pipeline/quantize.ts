/** Stage "quantizing": plan on a fresh copy, lower it, validate, write. */

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

/** The same for a model that is only looked at: weights that it leaves alone are not written again, nor as float16. */
export function quantizeWorkingFile(path: string, request: QuantizeRequest, files: Files): void {
  const prepared = { ...request.prepared, halves: false };
  writeWorkingFile(quantized({ ...request, prepared }).model, path, files);
}

function quantized(request: QuantizeRequest): {
  readonly model: Model;
  readonly plan: QuantPlan;
} {
  const { prepared, method, options, observers, released, rounded } = request;
  const model = prepared.fresh();
  const context: PlanContext<Record<string, unknown>> = {
    model,
    options,
    released,
    ...(rounded && { rounded }),
  };
  const plan = method.plan(context, observers);
  return { model: lowered(model, { ...request, plan }), plan };
}
