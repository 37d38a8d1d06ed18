/** Stage "quantizing": plan, lower a fresh copy, validate, write. */

import type { Observers } from '../core/calibration/observers.ts';
import { validate } from '../core/ir/validate.ts';
import type { Method, PlanContext } from '../core/quantization/method.ts';
import type { QuantPlan } from '../core/quantization/plan.ts';
import type { RoundedWeights } from '../core/quantization/rounding/weight-rounding.ts';
import type { Files } from './ports.ts';
import type { PreparedModel } from './prepared-model.ts';
import { writeModelFile } from './write-model-file.ts';

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
  const { prepared, method, options, observers, released, rounded } = request;
  const context: PlanContext<Record<string, unknown>> = {
    model: prepared.fresh(),
    options,
    released,
    ...(rounded && { rounded }),
  };
  const plan = method.plan(context, observers);
  const model = prepared.fresh();
  method.lower(model, plan, options);
  validate(model);
  writeModelFile(model, path, files);
  return plan;
}
