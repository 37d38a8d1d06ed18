/**
 * Which types a node asks for, and which type each value gets.
 *
 * Invariant: a value has one type, whoever reads it. Where nodes that write or read it (or a value that shares its
 * parameters) ask for different types, the widest wins, and among equally wide ones that of the first node in the graph:
 * a node that was promised 16 bits gets them, and a neighbour loses nothing but its integer kernel.
 */
import type { Node } from '../../ir/node.ts';
import type { Value } from '../../ir/value.ts';
import { DTYPES } from '../../tensor/dtype.ts';
import type { QuantType } from '../qparams.ts';
import { representatives } from './groups.ts';
import { quantizedValues, type Selection } from './selection.ts';

export const ACTIVATION_TYPES = ['uint8', 'int8', 'uint16', 'int16'] as const;
export const WEIGHT_TYPES = ['int8', 'uint8', 'int4', 'uint4'] as const;
export const BLOCK_SIZES = [16, 32, 64, 128, 256] as const;

export interface ActivationType {
  readonly activation: QuantType;
  readonly symmetricActivation: boolean;
}

export interface StaticTypes extends ActivationType {
  readonly weight: QuantType;
  readonly perChannel: boolean;
  /** Weights along the inner axis of a product that share a scale; one scale per channel or tensor where left out. */
  readonly blockSize?: number | undefined;
  readonly reduceRange: boolean;
  /** auto: int32 where integer kernels add it, float elsewhere. */
  readonly bias: 'auto' | 'int32' | 'float';
}

export type TypesOf = (node: Node) => StaticTypes;

export const bitsOf = (dtype: QuantType): number => DTYPES[dtype].bits;

export function activationTypes(selection: Selection, typesOf: TypesOf): (value: Value) => ActivationType {
  const representative = representatives(selection);
  const found = new Map<Value, ActivationType>();
  for (const [node, chosen] of selection.selected) {
    const types = typesOf(node);
    for (const value of quantizedValues(node, chosen)) {
      const source = representative(value);
      const known = found.get(source);
      if (!known || bitsOf(types.activation) > bitsOf(known.activation)) found.set(source, types);
    }
  }
  return value => {
    const types = found.get(representative(value));
    if (!types) throw new Error(`value ${value.name} is not quantized`);
    return types;
  };
}
