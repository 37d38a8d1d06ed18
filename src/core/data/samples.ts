/**
 * Tensors as a runtime takes and gives them, and samples bound to the inputs of one model.
 *
 * Invariant: reading a sample keeps no other sample in memory.
 */
import type { Dim } from '../ir/value.ts';
import type { ArrayDType, TypedArrayOf } from '../tensor/tensor.ts';

/** A dense tensor as the runtime takes and gives it. 16-bit floats are seen as their bits. */
export interface RuntimeTensor {
  readonly dtype: ArrayDType;
  readonly dims: readonly number[];
  readonly data: TypedArrayOf<ArrayDType>;
}

export type TensorMap = Readonly<Record<string, RuntimeTensor>>;

/** An input or output of a model as the runtime describes it. */
export interface SessionValue {
  readonly name: string;
  /** Undefined for what is not a dense tensor of a type we can feed (sequences, strings). */
  readonly dtype: ArrayDType | undefined;
  /** Undefined where the runtime does not know even the rank. */
  readonly dims: readonly Dim[] | undefined;
}

/** Samples bound to the inputs of one model; reading one does not keep the others in memory. */
export interface SampleSource {
  readonly count: number;
  /** Feeds of sample `index`: every input of the model, batch as the model declares it. */
  feeds(index: number): TensorMap;
  /** Class index or indices, regression targets or next tokens of the sample; undefined without labels. */
  label(index: number): RuntimeTensor | undefined;
  readonly hasLabels: boolean;
}
