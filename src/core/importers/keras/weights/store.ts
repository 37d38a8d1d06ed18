/** Where the values of a layer's variables are, whatever the file's generation. */
import type { ArrayDType } from '../../../tensor/tensor.ts';
import type { Variable } from '../layers/layer.ts';
import type { LayerDef } from '../topology/layer-def.ts';

export interface StoredWeight {
  /** How the file calls it, for errors. */
  readonly path: string;
  readonly dims: readonly number[];
  /** Undefined where it is not numeric. */
  readonly dtype: ArrayDType | undefined;
  readonly elementBytes: number;
  read(): Uint8Array;
}

export interface WeightStore {
  find(layer: LayerDef, variable: Variable): StoredWeight | undefined;
  close(): void;
}
