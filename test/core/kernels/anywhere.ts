/** The same numbers where kernels get them from: on the heap, and in kernel memory at each alignment of an element. */
import { KernelMemory } from '../../../src/core/kernels/memory.ts';

const memory = new KernelMemory(2 ** 24);
const room = memory.take(Float32Array, 2 ** 20);

export function* anywhere(values: Float32Array): Generator<Float32Array> {
  yield values;
  for (let offset = 0; offset < 4; offset++) {
    room.array.subarray(0, values.length + 16).fill(Number.NaN);
    room.array.set(values, offset);
    yield room.array.subarray(offset, offset + values.length);
  }
}
