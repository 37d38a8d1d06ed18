/**
 * One call of one layer, as its family sees it: inputs, arguments, weights.
 *
 * Invariant: a weight's shape and element type are checked before it is read, and the bytes of all weights together are
 * bounded by the size of the file; a weight that several calls use is written once.
 */
import type { Value } from '../../../ir/value.ts';
import { elementCount, tensorFromBytes, tensorOf } from '../../../tensor/tensor.ts';
import { toFloat32 } from '../../../tensor/to-float32.ts';
import type { Fields } from '../config/fields.ts';
import type { KerasVersion } from '../config/version.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import { KerasTensor } from '../graph/keras-tensor.ts';
import type { LayoutPlanner } from '../graph/layout.ts';
import type { Argument, LayerCall } from '../layers/layer.ts';
import { exceeded, invalid, invalidWeight, unsupported } from '../problems.ts';
import type { WeightStore } from '../weights/store.ts';
import type { LayerDef } from './layer-def.ts';

/** What all calls of one import share. */
export interface Session {
  readonly builder: GraphBuilder;
  readonly layouts: LayoutPlanner;
  readonly version: KerasVersion;
  readonly store: WeightStore;
  readonly parameters: Map<LayerDef, Map<string, Value>>;
  /** Values whose mask a layer took away, for all that use them later. */
  readonly maskless: Set<Value>;
  /** Bytes of weights that may still be read. */
  readonly budget: { bytes: number };
  call(
    layer: LayerDef,
    args: readonly Argument[],
    kwargs: ReadonlyMap<string, Argument>,
  ): readonly KerasTensor[];
}

export class Call implements LayerCall {
  readonly layer: LayerDef;
  readonly inputs: readonly KerasTensor[];
  readonly args: readonly Argument[];
  readonly kwargs: ReadonlyMap<string, Argument>;
  readonly #session: Session;

  constructor(
    session: Session,
    layer: LayerDef,
    args: readonly Argument[],
    kwargs: ReadonlyMap<string, Argument>,
  ) {
    this.#session = session;
    this.layer = layer;
    this.args = args;
    this.kwargs = kwargs;
    this.inputs = tensorsIn(args[0]);
  }

  get fields(): Fields {
    return this.layer.fields;
  }

  get version(): KerasVersion {
    return this.#session.version;
  }

  get builder(): GraphBuilder {
    return this.#session.builder;
  }

  get layouts(): LayoutPlanner {
    return this.#session.layouts;
  }

  get input(): KerasTensor {
    const [input] = this.inputs;
    if (!input) throw invalid(this.layer.path, 'inbound_nodes', 'the layer is called without a tensor.');
    return input;
  }

  weight(id: string, dims: readonly number[]): Float32Array {
    const { path, variables } = this.layer;
    const variable = variables.find(candidate => candidate.id === id);
    const stored = variable && this.#session.store.find(this.layer, variable);
    if (!stored)
      throw invalidWeight(
        path,
        id,
        `missing weight: the file holds no "${id}" for this layer, which needs [${dims}].`,
      );
    if (stored.dims.length !== dims.length || stored.dims.some((dim, axis) => dim !== dims[axis]))
      throw invalidWeight(
        path,
        id,
        `weight shape mismatch: the config needs [${dims}], the file holds [${stored.dims}].`,
      );
    if (!stored.dtype)
      throw invalidWeight(path, id, 'weight dtype: the file holds elements that are not numbers.');
    if (/^u?int(4|8)$/.test(stored.dtype))
      throw unsupported(path, `the weight "${id}" is quantized (${stored.dtype}).`, 'Send the float model.');
    const bytes = elementCount(dims) * Math.max(stored.elementBytes, Float32Array.BYTES_PER_ELEMENT);
    this.#session.budget.bytes -= bytes;
    if (this.#session.budget.bytes < 0)
      throw exceeded('weightRatio', `The weight "${path}/${id}" is too large for a file of this size.`);
    return toFloat32(tensorFromBytes(stored.dtype, dims, stored.read()));
  }

  parameter(variant: string, dims: readonly number[], make: () => Float32Array): Value {
    const known = this.#session.parameters.get(this.layer) ?? new Map<string, Value>();
    this.#session.parameters.set(this.layer, known);
    let value = known.get(variant);
    if (!value) {
      value = this.builder.initializer(`${this.layer.path}/${variant}`, tensorOf('float32', dims, make()));
      known.set(variant, value);
    }
    return value;
  }

  apply(
    child: LayerDef,
    inputs: readonly KerasTensor[],
    kwargs: ReadonlyMap<string, Argument> = new Map(),
  ): readonly KerasTensor[] {
    return this.#session.call(child, [inputs.length === 1 ? inputs[0] : inputs], kwargs);
  }

  inside(child: LayerDef): LayerCall {
    return new Call(this.#session, child, this.args, this.kwargs);
  }

  takeMasks(tensors: readonly KerasTensor[]): void {
    for (const { value } of tensors) this.#session.maskless.add(value);
  }

  refuse(detail: string, advice?: string): Error {
    return unsupported(this.layer.path, detail, advice);
  }
}

/** The tensors of an argument, in order. */
export function tensorsIn(argument: Argument): readonly KerasTensor[] {
  if (argument instanceof KerasTensor) return [argument];
  return Array.isArray(argument) ? argument.flatMap(tensorsIn) : [];
}
