import { expect, test } from 'vitest';
import { KernelMemory, SCRATCH_BYTES } from '../../../src/core/kernels/memory.ts';

test('a block keeps its numbers while the memory grows', () => {
  const memory = new KernelMemory(2 ** 24);
  const first = memory.take(Float32Array, 5);
  first.array.set([1, 2, 3, 4, 5]);
  const before = first.array;
  const second = memory.take(Uint8Array, 3_000_000);
  second.array.fill(255);
  expect(before.length).toBe(0);
  expect([...first.array]).toEqual([1, 2, 3, 4, 5]);
  expect(second.at % 64).toBe(0);
  expect(second.at).toBeGreaterThanOrEqual(first.at + 20);
});

test('more than the limit is refused, and what was taken before stays', () => {
  const memory = new KernelMemory(1024);
  const block = memory.take(Int32Array, 128);
  block.array.fill(7);
  expect(() => memory.take(Int32Array, 129)).toThrow(RangeError);
  expect(memory.take(Int32Array, 128).at).toBe(block.at + 512);
  expect(new Set(block.array)).toEqual(new Set([7]));
  expect(() => KernelMemory.shared.take(Uint8Array, 1)).toThrow(RangeError);
});

test('scratch space is given back, also after an error, and moves nothing', () => {
  const memory = new KernelMemory(1024);
  const { array } = memory.take(Float32Array, 1);
  const address = () => memory.scratch(take => take(Uint8Array, SCRATCH_BYTES).at);
  const first = address();
  expect(address()).toBe(first);
  memory.scratch(take => {
    take(Uint8Array, 64);
    expect(memory.scratch(inner => inner(Uint8Array, 1).at)).toBe(first + 64);
  });
  expect(() =>
    memory.scratch(take => {
      take(Uint8Array, 1);
      take(Uint8Array, SCRATCH_BYTES);
    }),
  ).toThrow(RangeError);
  expect(address()).toBe(first);
  expect(array.length).toBe(1);
});
