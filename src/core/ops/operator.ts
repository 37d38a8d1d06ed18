/**
 * What quantization needs to know of an operator: its role, and which of its inputs and outputs take part.
 *
 * Invariant: a spec says what may be done without changing what the operator means; whether it is worth doing is the
 * method's decision. A `check` that declines returns the reason that the user will read.
 */

import type { Identified } from '../../registry.ts';
import type { Range } from '../calibration/observer.ts';
import type { Node } from '../ir/node.ts';
import type { FloatReason } from '../quantization/plan.ts';

/** A dot product with (usually constant) weights: where the time and the bytes of a model go. */
export interface LinearSpec {
  readonly role: 'linear';
  readonly data: number;
  readonly weight: number;
  readonly bias?: number;
  /**
   * The runtime's 8-bit kernel can give float results (MatMulIntegerToFloat, QGemm without y_scale); where it cannot
   * (QLinearConv), the output is quantized too or the node runs in float.
   */
  readonly floatOutput: boolean;
  /** The output-channel axis of the weight, or undefined where only one scale is possible. */
  channelAxis(node: Node, weightDims: readonly number[]): number | undefined;
  /** The axis that is summed over, where blocks of it may have scales of their own. */
  blockAxis?(node: Node, weightDims: readonly number[]): number | undefined;
  check?(node: Node): FloatReason | undefined;
}

/** Moves elements and computes nothing: output codes are input codes, so both sides share scale and zero point. */
export interface MovementSpec {
  readonly role: 'movement';
  inputs(node: Node): readonly number[];
  check?(node: Node): FloatReason | undefined;
}

/** Computes element by element or by window: each output has parameters of its own. */
export interface ArithmeticSpec {
  readonly role: 'arithmetic';
  inputs(node: Node): readonly number[];
  /** What the output can be by definition, e.g. 0 to 1 for Sigmoid: no data needed. */
  readonly fixedRange?: Range;
  check?(node: Node): FloatReason | undefined;
}

/** Cuts values off at bounds; an identity where the quantized range lies inside them. */
export interface ClipSpec {
  readonly role: 'clip';
  /** Undefined where a bound is not constant. */
  bounds(node: Node): Range | undefined;
}

/** Left in float on purpose. */
export interface FloatSpec {
  readonly role: 'float';
  readonly why: string;
}

export type OperatorSpec = LinearSpec | MovementSpec | ArithmeticSpec | ClipSpec | FloatSpec;

export interface OperatorFamily extends Identified {
  /** By operator name; names outside the ONNX domain carry theirs (`com.microsoft.Gelu`). */
  readonly operators: Readonly<Record<string, OperatorSpec>>;
}

export const firstInput = (): readonly number[] => [0];

/** Every input that is present. */
export const allInputs = (node: Node): readonly number[] =>
  node.inputs.flatMap((value, index) => (value ? [index] : []));

export const unsupported = (text: string): FloatReason => ({ code: 'shape_not_supported', text });
