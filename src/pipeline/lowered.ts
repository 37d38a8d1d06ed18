/** A fresh copy of the prepared model in the form that the plan says, as it is written. */
import type { Model } from '../core/ir/model.ts';
import { validate } from '../core/ir/validate.ts';
import { narrowHalfConstants } from '../core/passes/narrow-half-constants.ts';
import type { Method } from '../core/quantization/method.ts';
import type { QuantPlan } from '../core/quantization/plan.ts';
import type { PreparedModel } from './prepared-model.ts';

export function lowered(
  prepared: PreparedModel,
  method: Method,
  plan: QuantPlan,
  options: Readonly<Record<string, unknown>>,
): Model {
  const model = prepared.fresh();
  const before = prepared.halves && new Set(model.graph.initializers.map(({ name }) => name));
  method.lower(model, plan, options);
  if (before) narrowHalfConstants(model, before);
  validate(model);
  return model;
}
