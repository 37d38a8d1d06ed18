/** Reads a whole .npz into memory, for tests that compare with the outputs of another engine. */
import { readFileSync } from 'node:fs';
import { parseNpyHeader } from '../../src/core/data/npy.ts';
import { openZip } from '../../src/core/importers/keras/container/zip.ts';
import type { ArrayDType, TypedArrayOf } from '../../src/core/tensor/tensor.ts';
import { viewBytes } from '../../src/core/tensor/tensor.ts';
import { arrayToFloat32 } from '../../src/core/tensor/to-float32.ts';

export interface NpzArray {
  readonly dtype: ArrayDType;
  readonly dims: readonly number[];
  readonly data: TypedArrayOf<ArrayDType>;
}

const LARGE = { bytes: 2 ** 30, limit: 'configBytes' } as const;

export function readNpz(path: string): ReadonlyMap<string, NpzArray> {
  const archive = openZip(new Uint8Array(readFileSync(path)));
  return new Map(
    archive.names.map(name => {
      const bytes = archive.read(name, LARGE);
      const { dtype, shape, dataOffset } = parseNpyHeader(bytes, name);
      return [
        name.replace(/\.npy$/, ''),
        { dtype, dims: shape, data: viewBytes(dtype, bytes.subarray(dataOffset)) },
      ];
    }),
  );
}

export function floatsOf({ dtype, data }: NpzArray): Float32Array {
  return arrayToFloat32(dtype, data);
}
