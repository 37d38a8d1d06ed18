/**
 * What an accuracy helper is: an option of a method that brings the quantized model closer to the float one, without
 * another kind of output. It works at one of two moments, or at both:
 *
 * - before calibration it rewrites the float model into an equal one that quantizes better;
 * - after planning it refines the plan: other weights or biases, from what calibration has seen.
 *
 * A helper lives in one file and one line of index.ts; its options join those of the methods that use it.
 */
import type { Static, TProperties, TSchema } from 'typebox';
import type { Identified } from '../../../registry.ts';
import type { Observers } from '../../calibration/observers.ts';
import type { Graph } from '../../ir/graph.ts';
import type { Model } from '../../ir/model.ts';
import type { Node } from '../../ir/node.ts';
import type { PassResult } from '../../passes/pass.ts';
import type { QuantPlan } from '../plan.ts';

/** A rewriting of the float model that keeps what it computes, up to rounding in float32. */
export interface FloatRewrite extends Identified {
  /** At most so many samples, spread evenly, are shown to its statistics; all where it is left out. */
  readonly samples?: number;
  /** Statistics that it needs; with none of them it runs without data. */
  watch(graph: Graph): Observers;
  /** Edits in place. */
  run(model: Model, seen: Observers): PassResult;
}

export interface PlanRefinement {
  /** Adds the statistics that it needs of `linear`: the dot products with constant weights that may be quantized. */
  watch(linear: readonly Node[], observers: Observers): void;
  /** Pure: a plan for the same graph. */
  refine(plan: QuantPlan, graph: Graph, observers: Observers): QuantPlan;
}

export interface AccuracyHelper<P extends TProperties = TProperties> extends Identified {
  readonly title: string;
  /** One or two sentences for users: what it does and where it pays. */
  readonly summary: string;
  /** The paper. */
  readonly source: string;
  readonly options: P;
  /** Undefined where the options do not ask for it. */
  rewrite?(options: OptionValues<P>): FloatRewrite | undefined;
  refinement?(options: OptionValues<P>): PlanRefinement | undefined;
}

/** Options as a spec holds them: any may be left out. */
export type OptionValues<P extends TProperties> = {
  readonly [K in keyof P]?: Static<P[K] & TSchema> | undefined;
};
