/** A file that is one TensorProto, as ONNX's test data has them: `input_0.pb`. */
import { BitpressError, isBitpressError } from '../../errors.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { MODEL_LIMITS } from './limits.ts';
import { readTensor } from './tensor-proto.ts';

/** @param file its name, for errors @throws BitpressError dataset_unreadable */
export function readTensorFile(
  bytes: Uint8Array,
  file: string,
): { readonly name: string; readonly tensor: Tensor } {
  try {
    return readTensor(bytes, file, { limits: MODEL_LIMITS, fields: 0, nodes: 0 }, undefined);
  } catch (error) {
    // What is said of tensors of a model holds for one of a dataset.
    if (isBitpressError(error))
      throw new BitpressError(
        'dataset_unreadable',
        `"${file}" is not a tensor that can be read: ${error.message}`,
        {
          field: file,
          cause: error,
        },
      );
    throw error;
  }
}
