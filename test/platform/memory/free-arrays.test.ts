import { expect, it } from 'vitest';
import { freeArrays } from '../../../src/platform/memory/free-arrays.ts';

it('gives memory back before the garbage collector comes by', () => {
  const before = process.memoryUsage().arrayBuffers;
  const arrays = Array.from({ length: 8 }, () => new Float32Array(2 ** 20));
  expect(process.memoryUsage().arrayBuffers - before).toBeGreaterThanOrEqual(8 * 2 ** 22);
  freeArrays(arrays);
  expect(arrays.map(({ length }) => length)).toEqual(Array(8).fill(0));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
});

it('takes several views of one memory, empty arrays, and what is free already', () => {
  const memory = new ArrayBuffer(64);
  const arrays = [new Uint8Array(memory, 8), new BigInt64Array(memory), new Float32Array(0)];
  freeArrays(arrays);
  freeArrays(arrays);
  freeArrays([]);
  expect(memory.byteLength).toBe(0);
});
