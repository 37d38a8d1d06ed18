/**
 * What a method would make of a model: the plan it follows and the bytes of its artifact, without running anything.
 *
 * Invariant: the same plan and the same lowering as a job; only the ranges are stand-ins, on which sizes do not depend.
 * Repair is not foreseen: nodes that it releases take their float bytes again.
 */
import type { Model } from '../core/ir/model.ts';
import { type ModelStatistics, modelStatistics } from '../core/ir/statistics.ts';
import type { Method, PlanContext } from '../core/quantization/method.ts';
import type { QuantPlan } from '../core/quantization/plan.ts';
import { provisionalObservers } from '../core/quantization/provisional.ts';
import { lowered } from './lowered.ts';
import type { Files } from './ports.ts';
import type { PreparedModel } from './prepared-model.ts';
import { roundingBytes } from './round-weights.ts';
import { modelFileBytes } from './write-model-file.ts';

interface PlanPrediction {
  readonly plan: QuantPlan;
  /** Values that calibration would look at element by element. */
  readonly observed: readonly string[];
  /** Whether calibration may share its samples among sessions. */
  readonly shareable: boolean;
  /** Bytes that rounding weights against calibration data would hold at one time. */
  readonly roundingBytes: number;
}

export interface Prediction extends PlanPrediction {
  /** The artifact's file and its external data. */
  readonly bytes: number;
  readonly statistics: ModelStatistics;
}

/** Without the artifact: enough to know what would be quantized. */
export function predictPlan(
  prepared: PreparedModel,
  method: Method,
  options: Readonly<Record<string, unknown>>,
): PlanPrediction {
  return predictOn(prepared.fresh(), method, options);
}

function predictOn(model: Model, method: Method, options: Readonly<Record<string, unknown>>): PlanPrediction {
  const context: PlanContext<Record<string, unknown>> = { model, options, released: new Map() };
  const observers = method.observers(context);
  const plan = method.plan(context, provisionalObservers(context.model.graph, observers.names));
  const observed = observers.names.filter(name => !observers.wantsExtentOnly(name));
  const shareable = observers.size > 0 && observers.tallyKinds !== undefined;
  return { plan, observed, shareable, roundingBytes: roundingBytes(method.roundings?.(context) ?? []) };
}

export function predictArtifact(
  prepared: PreparedModel,
  method: Method,
  options: Readonly<Record<string, unknown>>,
  files: Files,
): Prediction {
  const model = prepared.fresh();
  const planned = predictOn(model, method, options);
  lowered(model, { prepared, method, options, plan: planned.plan });
  return { ...planned, bytes: modelFileBytes(model, files), statistics: modelStatistics(model) };
}
