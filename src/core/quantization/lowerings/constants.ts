/** Adds the constants of a quantized graph, each only once: equal scales, zero points and encoded weights are shared. */
import { addInitializer } from '../../ir/edit.ts';
import type { Graph } from '../../ir/graph.ts';
import type { Names } from '../../ir/names.ts';
import type { Value } from '../../ir/value.ts';
import { packInt4 } from '../../tensor/pack-int4.ts';
import { type Tensor, tensorFromBytes, tensorOf } from '../../tensor/tensor.ts';
import type { QuantType } from '../qparams.ts';

export class Constants {
  readonly #shared = new Map<string, Value>();

  readonly graph: Graph;
  readonly names: Names;

  constructor(graph: Graph, names: Names) {
    this.graph = graph;
    this.names = names;
  }

  /** A scale: a scalar (`[]`), one per slice, or one per block. */
  scale(values: Float32Array, dims: readonly number[], wish: string): Value {
    return this.#share(`f:${dims}:${bits(values)}`, wish, () => tensorOf('float32', dims, values));
  }

  zeroPoint(dtype: QuantType, values: Int32Array, dims: readonly number[], wish: string): Value {
    return this.#share(`z:${dtype}:${dims}:${bits(values)}`, wish, () => integers(dtype, dims, values));
  }

  add(tensor: Tensor, wish: string): Value {
    return addInitializer(this.graph, this.names.value(wish), tensor);
  }

  #share(key: string, wish: string, make: () => Tensor): Value {
    let value = this.#shared.get(key);
    if (!value) {
      value = this.add(make(), wish);
      this.#shared.set(key, value);
    }
    return value;
  }
}

/** The bytes of an array as a map key. */
export function bits(values: Float32Array | Int32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

function integers(dtype: QuantType, dims: readonly number[], values: Int32Array): Tensor {
  switch (dtype) {
    case 'uint8':
    case 'int8':
      return tensorFromBytes(dtype, dims, Uint8Array.from(values));
    case 'uint16':
    case 'int16':
      return tensorFromBytes(dtype, dims, new Uint8Array(Uint16Array.from(values).buffer));
    case 'int32':
      return tensorOf('int32', dims, Int32Array.from(values));
    case 'int4':
    case 'uint4':
      return tensorFromBytes(dtype, dims, packInt4(Int8Array.from(values)));
  }
}
