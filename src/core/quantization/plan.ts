/**
 * What a method decided, as plain data: which type, scale and zero point each value gets and what happens to each node.
 *
 * Invariant: a plan holds names, numbers and reasons and no graph objects, so that it can be printed, compared, put in
 * the report, and applied to a fresh copy of the graph. Names are unique in a prepared graph (passes/unique-names).
 */
import type { Range } from '../calibration/observer.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { QuantType } from './qparams.ts';

/** Per-tensor parameters of an activation: real = (code - zeroPoint) * scale. */
export interface ActivationQuant {
  readonly dtype: QuantType;
  readonly scale: number;
  readonly zeroPoint: number;
  /** The range that was asked for; undefined where the parameters follow from the operator (Softmax: 0 to 1). */
  readonly range?: Range;
}

/** Parameters of a constant read by one node: one scale, one per slice of `axis`, or one per block along `axis`. */
export interface WeightQuant {
  readonly dtype: QuantType;
  readonly axis?: number;
  readonly blockSize?: number;
  readonly scales: Float32Array;
  readonly zeroPoints: Int32Array;
  /** Codes in the order of the constant, one a byte, where they are not simply the nearest ones (blocks only). */
  readonly codes?: Uint8Array;
}

/** Why a node stays float: a stable code for programs, a sentence for people. */
export interface FloatReason {
  readonly code:
    | 'excluded'
    | 'operator_not_supported'
    | 'no_gain'
    | 'input_not_quantized'
    | 'constant_not_float'
    | 'dynamic_weight'
    | 'shape_not_supported'
    | 'range_not_covered'
    | 'released_by_repair'
    | 'not_observed'
    | 'not_float';
  readonly text: string;
}

export interface QuantizeDecision {
  readonly action: 'quantize';
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Constants among the inputs, by position. */
  readonly weights: ReadonlyMap<number, WeightQuant>;
  /** Position of an int32 bias whose scale is input scale times weight scale. */
  readonly bias?: number;
}

export type NodeDecision =
  | QuantizeDecision
  /** The node is an identity on quantized values (Relu whose output range starts at zero): it is taken out. */
  | { readonly action: 'absorb' }
  | { readonly action: 'float'; readonly reason: FloatReason };

/** A dot product whose sums would saturate on a CPU without 8-bit dot products, and what became of it. */
export interface GuardedLayer {
  readonly node: string;
  readonly channels: number;
  /** Output channels whose weights have fewer codes, of 7 bits at least. */
  readonly narrowed: number;
  /** SQNR of the channels that saturate, over rows of data, in dB: with 8-bit weights on such a CPU. */
  readonly sqnrDbSaturated?: number;
  /** The same as planned. */
  readonly sqnrDb?: number;
}

export type PlannedConstants = ReadonlyMap<string, ReadonlyMap<number, Tensor>>;

export interface QuantPlan {
  /** By value name. */
  readonly activations: ReadonlyMap<string, ActivationQuant>;
  /** By node name; every node of the graph has an entry. */
  readonly nodes: ReadonlyMap<string, NodeDecision>;
  /**
   * Constants that take the place of a node's own before it is lowered, by node name and position: weights rounded with
   * more than one of them in mind, corrected biases.
   */
  readonly constants?: PlannedConstants;
  /** What the user should know of the plan as a whole, for the report's warnings. */
  readonly notes?: readonly string[];
  /** Layers narrowed by the saturation guard, where it was asked for. */
  readonly guarded?: readonly GuardedLayer[];
}
