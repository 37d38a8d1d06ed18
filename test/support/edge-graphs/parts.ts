/** Short names for what the edge graphs are made of. */
import type { Tensor } from '../../../src/core/tensor/tensor.ts';
import { noiseTensor, type TypeSpec, tensor } from '../model-builder.ts';

export const f32 = (dims: readonly number[], seed = 1, scale = 0.3): Tensor =>
  noiseTensor(dims, seed, x => x * scale);
export const scalar = (x: number): Tensor => tensor('float32', [], [x]);
export const ints = (...values: number[]): Tensor => tensor('int64', [values.length], values);

export const IMAGE: Readonly<Record<string, TypeSpec>> = { x: ['float32', [1, 4, 8, 8]] };
export const ROWS: Readonly<Record<string, TypeSpec>> = { x: ['float32', [4, 16]] };
/** Outputs without a declared shape: the runtime knows it. */
export const out = (...names: string[]): Record<string, TypeSpec> =>
  Object.fromEntries(names.map(name => [name, ['float32']]));
