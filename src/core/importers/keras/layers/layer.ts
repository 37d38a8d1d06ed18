/**
 * What a layer family gives: for each Keras class the variables it owns and how it is written as ONNX.
 *
 * Invariant: `variables` needs nothing but the config and lists them in the order in which Keras creates them, for the
 * weight formats store them by position; `emit` asks for each by its id with the shape that config and input imply, so
 * a weight of another shape is refused before it is read.
 */
import type { Value } from '../../../ir/value.ts';
import type { Fields } from '../config/fields.ts';
import type { JsonObject } from '../config/json.ts';
import type { KerasVersion } from '../config/version.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { KerasTensor } from '../graph/keras-tensor.ts';
import type { LayoutPlanner } from '../graph/layout.ts';
import type { LayerDef } from '../topology/layer-def.ts';

export interface Variable {
  /** Unique in the layer; its last part is Keras's own name: `kernel`, `query/kernel`. */
  readonly id: string;
  /** Attribute of the layer that holds it, where a .keras file stores it in a group of its own; alternatives by age. */
  readonly at?: readonly string[];
  /** Never trained (moving statistics), so that it comes after the trained ones. */
  readonly frozen?: true;
}

/** A slice object among the arguments of a call (`x[:, 1:4]`). */
export interface SliceArgument {
  readonly kind: 'slice';
  readonly start: Argument;
  readonly stop: Argument;
  readonly step: Argument;
}

/** What a layer can be called with. */
export type Argument =
  | KerasTensor
  | SliceArgument
  | null
  | undefined
  | boolean
  | number
  | string
  | readonly Argument[];

export interface LayerCall {
  readonly layer: LayerDef;
  readonly fields: Fields;
  readonly version: KerasVersion;
  readonly builder: GraphBuilder;
  readonly layouts: LayoutPlanner;
  /** The tensors of the first positional argument, flattened. */
  readonly inputs: readonly KerasTensor[];
  readonly args: readonly Argument[];
  readonly kwargs: ReadonlyMap<string, Argument>;
  /** The first input. */
  readonly input: KerasTensor;
  /** A variable's values as float32; refused when its shape is another. */
  weight(id: string, dims: readonly number[]): Float32Array;
  /** A weight as an initializer, shared by all calls of the layer; `variant` tells two forms of one variable apart. */
  parameter(variant: string, dims: readonly number[], make: () => Float32Array): Value;
  /** Calls a wrapped layer. */
  apply(
    child: LayerDef,
    inputs: readonly KerasTensor[],
    kwargs?: ReadonlyMap<string, Argument>,
  ): readonly KerasTensor[];
  /** This call with the weights of a layer that the layer holds. */
  inside(child: LayerDef): LayerCall;
  /** Takes the masks off these tensors for every layer that is called later. */
  takeMasks(tensors: readonly KerasTensor[]): void;
  /** For errors: something Keras allows and this importer does not. */
  refuse(detail: string, advice?: string): Error;
}

/** What becomes of the implicit mask of a layer's input. */
export type Masking =
  /** Handed on with the output. */
  | 'pass'
  /** Ends here; the layer may use it. */
  | 'stop'
  /** The layer sets the masks of its outputs itself. */
  | 'own';

export interface ChildConfig {
  /** Attribute names in a .keras file, newest first. */
  readonly at: readonly string[];
  readonly config: JsonObject;
}

export interface LayerSpec {
  readonly masking: Masking;
  variables?(fields: Fields, version: KerasVersion): readonly Variable[];
  /** Configs of the layers that this one wraps. */
  children?(fields: Fields): readonly ChildConfig[];
  emit(call: LayerCall): KerasTensor | readonly KerasTensor[];
}

export interface LayerFamily {
  readonly id: string;
  /** By Keras class name. */
  readonly layers: Readonly<Record<string, LayerSpec>>;
}

export const NO_VARIABLES: readonly Variable[] = [];
