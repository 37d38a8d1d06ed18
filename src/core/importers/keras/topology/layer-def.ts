/** A layer of the file, read and understood, before anything is written. */

import type { DType } from '../../../tensor/dtype.ts';
import type { FloatType } from '../config/dtype-policy.ts';
import type { Fields } from '../config/fields.ts';
import type { Shape } from '../graph/keras-tensor.ts';
import type { LayerSpec, Variable } from '../layers/layer.ts';
import type { CallData, TensorRef } from './call-data.ts';

export interface ChildDef {
  /** Where a .keras file keeps it: an attribute, or a list of layers and a name in it; alternatives by age. */
  readonly at: readonly string[];
  readonly layer: LayerDef;
}

export interface LayerDef {
  readonly name: string;
  /** With the names of the models around it: `backbone/conv1`. */
  readonly path: string;
  readonly className: string;
  readonly fields: Fields;
  readonly trainable: boolean;
  readonly compute: FloatType;
  readonly variables: readonly Variable[];
  readonly children: readonly ChildDef[];
  readonly content: LayerSpec | ModelGraph;
}

export interface InputDef {
  readonly name: string;
  readonly shape: Shape | undefined;
  readonly dtype: DType;
}

/** A model: named layers and their calls. A Sequential is the chain of its layers. */
export interface ModelGraph {
  readonly kind: 'model';
  readonly inputs: readonly InputDef[];
  readonly layers: ReadonlyMap<string, LayerDef>;
  /** The calls of each layer, in order. */
  readonly calls: ReadonlyMap<string, readonly CallData[]>;
  readonly outputs: readonly TensorRef[];
}

export function isModel(content: LayerSpec | ModelGraph): content is ModelGraph {
  return 'kind' in content;
}
