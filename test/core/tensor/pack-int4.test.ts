import { expect, it } from 'vitest';
import { packInt4, unpackInt4, unpackUint4 } from '../../../src/core/tensor/pack-int4.ts';

// onnx.helper.make_tensor('t', TensorProto.INT4 / UINT4, ...).raw bytes
it('packs as onnx does', () => {
  expect([...packInt4(Int8Array.of(-8, 7, -1, 0, 3))]).toEqual([120, 15, 3]);
  expect([...packInt4(Uint8Array.of(1, 15, 8, 0))]).toEqual([241, 8]);
  expect(packInt4(new Int8Array(0))).toHaveLength(0);
});

it('reads back every code', () => {
  const signed = Int8Array.from({ length: 16 }, (_, i) => i - 8);
  expect(unpackInt4(packInt4(signed), 16)).toEqual(signed);
  const odd = Uint8Array.of(15, 0, 9);
  expect(unpackUint4(packInt4(odd), 3)).toEqual(odd);
});
