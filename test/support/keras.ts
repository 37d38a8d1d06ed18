/** Imports a Keras file and runs it in onnxruntime, beside arrays that Keras itself computed. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { importerFor } from '../../src/core/importers/index.ts';
import type { Model } from '../../src/core/ir/model.ts';
import { writeModel } from '../../src/core/onnx/write.ts';
import type { ArrayDType, TypedArrayOf } from '../../src/core/tensor/tensor.ts';
import { arrayToFloat32 } from '../../src/core/tensor/to-float32.ts';
import type { NpzArray } from './read-npz.ts';
import { floatsOf } from './read-npz.ts';

export interface Tolerance {
  readonly atol: number;
  readonly rtol: number;
}

export async function importFile(path: string): Promise<Model> {
  const bytes = new Uint8Array(readFileSync(path));
  const source = { name: basename(path), bytes: () => bytes, companions: new Map() };
  return importerFor(bytes, source.name).import(source);
}

/** Outputs in the model's order for inputs in the model's order. */
export async function runModel(model: Model, inputs: readonly NpzArray[]): Promise<readonly NpzArray[]> {
  const session = await InferenceSession.create(Buffer.concat(writeModel(model).chunks), {
    logSeverityLevel: 3,
  });
  const feeds = session.inputNames.map((name, index): [string, Tensor] => {
    const { dtype, data, dims } = inputs[index]!;
    return [name, new Tensor(dtype as 'float32', data as Float32Array, [...dims])];
  });
  const results = await session.run(Object.fromEntries(feeds));
  const outputs = session.outputNames.map(name => {
    const { type, data, dims } = results[name]!;
    const dtype = type as ArrayDType;
    return { dtype, dims: dims.map(Number), data: copyOf(dtype, data as TypedArrayOf<ArrayDType>) };
  });
  await session.release();
  return outputs;
}

/** onnxruntime may hand out float16 as its own array type; the bits are what counts. */
function copyOf(dtype: ArrayDType, data: TypedArrayOf<ArrayDType>): TypedArrayOf<ArrayDType> {
  return dtype === 'float16'
    ? new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength))
    : data;
}

/** Largest excess of |got - want| over atol + rtol |want|, as a share of that bound; NaN counts as infinite. */
export function worstError(got: NpzArray, want: NpzArray, { atol, rtol }: Tolerance): number {
  const values = arrayToFloat32(got.dtype, got.data);
  return floatsOf(want).reduce((worst, expected, index) => {
    const share = Math.abs(values[index]! - expected) / (atol + rtol * Math.abs(expected));
    return Math.max(worst, Number.isNaN(share) ? Number.POSITIVE_INFINITY : share);
  }, 0);
}
