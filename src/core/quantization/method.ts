/**
 * What a quantization method is. A method plans; a lowering writes.
 *
 * A method lives in one file under methods/ and one line of methods/index.ts; its option schema flows from there to the
 * job spec, /v1/methods, the OpenAPI document and the command line.
 */
import type { Static, TObject } from 'typebox';
import type { Identified } from '../../registry.ts';
import type { Observers } from '../calibration/observers.ts';
import type { Model } from '../ir/model.ts';
import type { FloatRewrite } from './helpers/helper.ts';
import type { QuantPlan } from './plan.ts';
import type { RoundedWeights, WeightRounding } from './rounding/weight-rounding.ts';

/** Whether the method reads calibration data: never, always, or when it is given. */
export type DataNeed = 'none' | 'optional' | 'required';

/** What a method needs with these options; 'real': random samples will not do. */
export function dataNeed(
  method: Pick<Method, 'data' | 'dataOf'>,
  options: Readonly<Record<string, unknown>>,
): DataNeed | 'real' {
  return method.dataOf?.(options) ?? method.data;
}

export interface PlanContext<O> {
  readonly model: Model;
  readonly options: O;
  /** Names of nodes that must stay float, with the reason (repair, sensitivity). */
  readonly released: ReadonlyMap<string, string>;
  /** Weights that were rounded against data, where the method asked for it and there was some. */
  readonly rounded?: RoundedWeights;
}

export interface Method<S extends TObject = TObject> extends Identified {
  readonly title: string;
  /** One or two sentences for users: what it writes and when to choose it. */
  readonly summary: string;
  readonly options: S;
  readonly data: DataNeed;
  /** The same for given options, where it depends on them; 'real': random samples will not do. */
  dataOf?(options: Static<S>): DataNeed | 'real';
  /** Rules between options, which a schema cannot say. @throws BitpressError invalid_spec naming the field */
  check?(options: Static<S>): void;
  /** The opset that the lowered form needs; the model is raised to it while it is prepared. */
  opset?(options: Static<S>): number;
  /** Rewritings of the prepared float model into an equal one, in order, before the values are observed. */
  rewrites?(options: Static<S>): readonly FloatRewrite[];
  /** The values whose statistics the plan will ask for. Empty for methods without data. */
  observers(context: PlanContext<Static<S>>): Observers;
  /** Weights to round against calibration data, and never against random samples. */
  roundings?(context: PlanContext<Static<S>>): readonly WeightRounding[];
  /** Pure: the same model, options and statistics give the same plan. Observers have seen every sample. */
  plan(context: PlanContext<Static<S>>, observers: Observers): QuantPlan;
  /**
   * The same options without those that help on some models and harm on others, whatever they promise layer by layer. Both
   * are then made and held against each other on calibration data.
   */
  tentative?(options: Static<S>): { readonly without: Static<S>; readonly title: string } | undefined;
  /** Applies the plan to the model in place. */
  lower(model: Model, plan: QuantPlan, options: Static<S>): void;
}

/** A method as far as a spec can name it; a search over methods is asked for in the same way. */
export type AskableMethod<S extends TObject = TObject> = Pick<
  Method<S>,
  'id' | 'title' | 'summary' | 'options' | 'data' | 'check'
>;
