/** A copy of the prepared model in the form that the plan says, as it is written. */
import type { Model } from '../core/ir/model.ts';
import { validate } from '../core/ir/validate.ts';
import { narrowHalfConstants } from '../core/passes/narrow-half-constants.ts';
import type { Method } from '../core/quantization/method.ts';
import type { QuantPlan } from '../core/quantization/plan.ts';
import type { PreparedModel } from './prepared-model.ts';

export interface Lowering {
  readonly prepared: PreparedModel;
  readonly method: Method;
  readonly options: Readonly<Record<string, unknown>>;
  readonly plan: QuantPlan;
}

/** @param model a fresh copy, which may be the one that was planned on; it is changed in place, and given back */
export function lowered(model: Model, { prepared, method, options, plan }: Lowering): Model {
  const before = prepared.halves && new Set(model.graph.initializers.map(({ name }) => name));
  method.lower(model, plan, options);
  if (before) narrowHalfConstants(model, before);
  validate(model);
  return model;
}
