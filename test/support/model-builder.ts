/**
 * Models in a few lines, for tests:
 *
 *   buildModel({
 *     opset: 17,
 *     inputs: { x: ['float32', [1, 3, 8, 8]] },
 *     initializers: { w: tensor('float32', [4, 3, 3, 3], values) },
 *     nodes: [{ op: 'Conv', in: ['x', 'w'], out: ['y'], attrs: { pads: [1, 1, 1, 1] } }],
 *     outputs: { y: ['float32', [1, 4, 8, 8]] },
 *   })
 *
 * Attributes: integers are `int`, other numbers `float`, arrays of integers `ints`, strings and tensors what they are;
 * `floats(...)`, `float(1)`, `subgraph({...})` and any Attribute say it themselves. Nodes are named after their first
 * output. '' is an omitted optional input or output. An initializer of the outer graph is seen inside a subgraph.
 */
import {
  type Attribute,
  floatAttribute,
  intAttribute,
  intsAttribute,
  stringAttribute,
  tensorAttribute,
} from '../../src/core/ir/attribute.ts';
import { Graph } from '../../src/core/ir/graph.ts';
import { Model } from '../../src/core/ir/model.ts';
import { Node } from '../../src/core/ir/node.ts';
import { type Dim, Value } from '../../src/core/ir/value.ts';
import type { DType } from '../../src/core/tensor/dtype.ts';
import { toFloat16 } from '../../src/core/tensor/float16.ts';
import { elementCount, type Tensor, tensorOf } from '../../src/core/tensor/tensor.ts';

/** Element type and shape; no shape where the rank is not known. */
export type TypeSpec = readonly [DType, (readonly Dim[])?];

export interface NodeSpec {
  readonly op: string;
  readonly domain?: string;
  readonly name?: string;
  readonly in?: readonly string[];
  readonly out: readonly string[];
  readonly attrs?: Readonly<Record<string, AttrSpec>>;
}

export interface GraphSpec {
  readonly name?: string;
  readonly inputs?: Readonly<Record<string, TypeSpec | undefined>>;
  readonly initializers?: Readonly<Record<string, Tensor>>;
  readonly nodes?: readonly NodeSpec[];
  readonly outputs: Readonly<Record<string, TypeSpec | undefined>>;
}

export interface ModelSpec extends GraphSpec {
  readonly opset?: number;
  /** Versions of other domains. */
  readonly domains?: Readonly<Record<string, number>>;
  readonly irVersion?: number;
}

/** A graph attribute; built where the node is, because it may read the outer values. */
export class Subgraph {
  readonly spec: GraphSpec;
  constructor(spec: GraphSpec) {
    this.spec = spec;
  }
}

export type AttrSpec =
  | number
  | bigint
  | string
  | readonly number[]
  | readonly string[]
  | Tensor
  | Attribute
  | Subgraph;

export const subgraph = (spec: GraphSpec): Subgraph => new Subgraph(spec);
export const float = (value: number): Attribute => floatAttribute(value);
export const floats = (...value: number[]): Attribute => ({ kind: 'floats', value });

type Scope = { readonly values: Map<string, Value>; readonly outer: Scope | undefined };

export function buildModel(spec: ModelSpec): Model {
  const domains = { '': spec.opset ?? 17, ...spec.domains };
  return new Model(buildGraph(spec, undefined), spec.irVersion ?? 8, new Map(Object.entries(domains)));
}

/** A tensor from plain numbers (float16 and bool are converted). */
export function tensor(dtype: DType, dims: readonly number[], data: readonly (number | bigint)[]): Tensor {
  const numbers = (): number[] => data.map(Number);
  switch (dtype) {
    case 'float32':
      return tensorOf(dtype, dims, new Float32Array(numbers()));
    case 'float64':
      return tensorOf(dtype, dims, new Float64Array(numbers()));
    case 'float16':
      return tensorOf(dtype, dims, toFloat16(new Float32Array(numbers())).bits);
    case 'int8':
      return tensorOf(dtype, dims, new Int8Array(numbers()));
    case 'uint8':
    case 'bool':
      return tensorOf(dtype, dims, new Uint8Array(numbers()));
    case 'int16':
      return tensorOf(dtype, dims, new Int16Array(numbers()));
    case 'uint16':
      return tensorOf(dtype, dims, new Uint16Array(numbers()));
    case 'int32':
      return tensorOf(dtype, dims, new Int32Array(numbers()));
    case 'uint32':
      return tensorOf(dtype, dims, new Uint32Array(numbers()));
    case 'int64':
      return tensorOf(dtype, dims, new BigInt64Array(data.map(BigInt)));
    case 'uint64':
      return tensorOf(dtype, dims, new BigUint64Array(data.map(BigInt)));
    default:
      throw new Error(`tensor(): give the bytes of a ${dtype} tensor with tensorFromBytes`);
  }
}

/** Reproducible numbers in (-1, 1), roughly uniform; another seed gives others. */
export function noise(count: number, seed = 1): number[] {
  let state = (seed * 2654435761) >>> 0 || 1;
  return Array.from({ length: count }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return Math.fround(state / 2 ** 31 - 1);
  });
}

/** A float32 tensor of noise. */
export function noiseTensor(
  dims: readonly number[],
  seed = 1,
  at = (x: number, _index: number): number => x,
): Tensor {
  return tensor('float32', dims, noise(elementCount(dims), seed).map(at));
}

function buildGraph(spec: GraphSpec, outer: Scope | undefined): Graph {
  const graph = new Graph(spec.name ?? 'g');
  const scope: Scope = { values: new Map(), outer };
  const declare = (name: string, value = new Value(name)): Value => {
    scope.values.set(name, value);
    return value;
  };
  for (const [name, type] of Object.entries(spec.inputs ?? {}))
    graph.inputs.push(declare(name, new Value(name, typeOf(type))));
  for (const [name, data] of Object.entries(spec.initializers ?? {})) {
    const value = scope.values.get(name) ?? declare(name);
    value.initializer = data;
    graph.initializers.push(value);
  }
  const nodes = spec.nodes ?? [];
  for (const name of nodes.flatMap(node => node.out)) if (name !== '') declare(name);
  for (const node of nodes) graph.nodes.push(buildNode(node, scope));
  for (const [name, type] of Object.entries(spec.outputs)) {
    const value = find(scope, name);
    value.type ??= typeOf(type);
    graph.outputs.push(value);
  }
  return graph;
}

function buildNode(spec: NodeSpec, scope: Scope): Node {
  const value = (name: string): Value | undefined => (name === '' ? undefined : find(scope, name));
  const attributes = Object.entries(spec.attrs ?? {}).map(([name, attr]): [string, Attribute] => [
    name,
    attributeOf(attr, scope),
  ]);
  return new Node({
    opType: spec.op,
    domain: spec.domain ?? '',
    name: spec.name ?? spec.out.find(name => name !== '') ?? '',
    inputs: (spec.in ?? []).map(value),
    outputs: spec.out.map(value),
    attributes: Object.fromEntries(attributes),
  });
}

function find(scope: Scope, name: string): Value {
  for (let at: Scope | undefined = scope; at; at = at.outer) {
    const value = at.values.get(name);
    if (value) return value;
  }
  throw new Error(`no value is called ${name}`);
}

function typeOf(type: TypeSpec | undefined): Value['type'] {
  return type && { kind: 'tensor', dtype: type[0], dims: type[1] };
}

function attributeOf(attr: AttrSpec, scope: Scope): Attribute {
  if (attr instanceof Subgraph) return { kind: 'graph', value: buildGraph(attr.spec, scope) };
  if (typeof attr === 'bigint') return intAttribute(attr);
  if (typeof attr === 'number') return Number.isInteger(attr) ? intAttribute(attr) : floatAttribute(attr);
  if (typeof attr === 'string') return stringAttribute(attr);
  if (Array.isArray(attr)) return listAttribute(attr);
  return 'kind' in attr ? attr : tensorAttribute(attr as Tensor);
}

function listAttribute(list: readonly (number | string)[]): Attribute {
  if (list.length > 0 && list.every(item => typeof item === 'string'))
    return { kind: 'strings', value: list };
  const numbers = list.map(Number);
  return numbers.every(Number.isInteger) ? intsAttribute(numbers) : { kind: 'floats', value: numbers };
}
