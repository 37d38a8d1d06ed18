/**
 * A float operator of a QDQ graph with the conversions around it, as its integer twin sees them: inputs in front of
 * their DequantizeLinear, outputs behind their QuantizeLinear.
 *
 * Invariant: an output has codes only where its QuantizeLinear is its only reader, so that nobody misses the float value
 * when the twin takes its place.
 */
import { isOnlyUse } from '../../../ir/edit.ts';
import type { Graph } from '../../../ir/graph.ts';
import type { Node } from '../../../ir/node.ts';
import type { Value } from '../../../ir/value.ts';
import type { DType } from '../../../tensor/dtype.ts';
import type { Constants } from '../constants.ts';

/** Codes with the parameters that give them a meaning. */
export interface Coded {
  readonly codes: Value;
  readonly scale: Value;
  /** Left out where it is 0 by default, as on an int32 bias. */
  readonly zeroPoint: Value | undefined;
  readonly dtype: DType | undefined;
}

export interface Site {
  readonly node: Node;
  /** By position; undefined where the input is float, an index, or absent. */
  readonly inputs: readonly (Coded | undefined)[];
  readonly outputs: readonly (Coded | undefined)[];
  readonly constants: Constants;
}

/** What replaces the operator. */
export interface Twin {
  readonly opType: string;
  /** '' for the ONNX domain. */
  readonly domain: string;
  readonly inputs: readonly (Value | undefined)[];
  /** Names of the operator's attributes that the twin keeps; all of them where it is left out. */
  readonly attributes?: readonly string[];
}

/** The twin, or undefined where no kernel takes these types and attributes: the operator then stays between its conversions. */
export type MakeTwin = (site: Site) => Twin | undefined;

export function siteOf(graph: Graph, node: Node, constants: Constants): Site {
  return {
    node,
    constants,
    inputs: node.inputs.map(value => {
      const conversion = value?.producer;
      return conversion?.opType === 'DequantizeLinear' ? coded(conversion, conversion.inputs[0]) : undefined;
    }),
    outputs: node.outputs.map(value => {
      const conversion = value && quantizerOf(graph, value);
      return conversion && coded(conversion, conversion.outputs[0]);
    }),
  };
}

/** The QuantizeLinear behind a value that nobody else reads. */
export function quantizerOf(graph: Graph, value: Value): Node | undefined {
  const [use] = value.uses;
  return use?.node.opType === 'QuantizeLinear' && isOnlyUse(graph, value) ? use.node : undefined;
}

function coded(conversion: Node, codes: Value | undefined): Coded | undefined {
  const [, scale, zeroPoint] = conversion.inputs;
  return codes && scale && { codes, scale, zeroPoint, dtype: zeroPoint?.dtype ?? codes.dtype };
}

/** The three inputs in which the integer operators take a tensor. */
export const triple = ({ codes, scale, zeroPoint }: Coded): readonly (Value | undefined)[] => [
  codes,
  scale,
  zeroPoint,
];

export const is8Bit = ({ dtype }: Coded): boolean => dtype === 'uint8' || dtype === 'int8';

/** Constants are shared by content, so parameters are equal where they are the same values. */
export const sameGrid = (a: Coded, b: Coded): boolean => a.scale === b.scale && a.zeroPoint === b.zeroPoint;
