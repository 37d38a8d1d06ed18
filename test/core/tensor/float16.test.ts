import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fromBfloat16, toBfloat16 } from '../../../src/core/tensor/bfloat16.ts';
import { fromFloat16, toFloat16 } from '../../../src/core/tensor/float16.ts';

const sha256 = (data: Float32Array | Uint16Array) =>
  createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');

/** 2^18 words of a linear congruential generator: float32 values of every exponent. */
function words(edit: (word: number) => number): Float32Array {
  const out = new Uint32Array(1 << 18);
  let state = 1;
  for (let i = 0; i < out.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out[i] = edit(state);
  }
  return new Float32Array(out.buffer).map(x => (Number.isNaN(x) ? 0 : x));
}

// Hashes and counts: the same words through numpy's astype(float16) and ml_dtypes.bfloat16.
describe('float16', () => {
  it('decodes all 65536 patterns as numpy does', () => {
    const values = fromFloat16(Uint16Array.from({ length: 65536 }, (_, i) => i));
    expect(sha256(values.map(x => (Number.isNaN(x) ? 12345 : x)))).toBe(
      '096857e82fd43c1a9d6008249cb9f8b86f8511b3328dc1a5e7bcf347dec0d132',
    );
  });

  it.each([
    [
      'every exponent',
      (w: number) => w,
      'cb3fd4b0257791c6c1769e2721131af8ebbaa2d08cc1bc7ce2180b89df986ee3',
      114770,
    ],
    [
      'subnormals and small normals',
      (w: number) => (w & 0x8fffffff) | 0x30000000,
      'e42ffa4861797d6645f916c0e3a93ef5b2484eaa27111405b20affd79d1cf627',
      0,
    ],
    [
      'the upper end',
      (w: number) => (w & 0x87ffffff) | 0x40000000,
      '488ff8d935264a6c28ae89db68461aaf8fb137040ae6059b55b2bb5628998ddd',
      16594,
    ],
  ])('rounds as numpy does: %s', (_, edit, hash, overflowed) => {
    const narrowed = toFloat16(words(edit));
    expect(sha256(narrowed.bits)).toBe(hash);
    expect(narrowed.overflowed).toBe(overflowed);
  });

  it('rounds at the edges as numpy does', () => {
    const values = Float32Array.of(
      65519.996,
      65520,
      65504,
      -65520,
      2 ** -24,
      2 ** -25,
      2 ** -25 * 1.0000001,
      2 ** -14,
      6.1e-5,
      0,
      -0,
      1.00048828125,
      1.00146484375,
      Infinity,
      -Infinity,
    );
    expect([...toFloat16(values).bits]).toEqual([
      31743, 31744, 31743, 64512, 1, 0, 1, 1024, 1023, 0, 32768, 15360, 15362, 31744, 64512,
    ]);
  });

  it('clamps finite values when asked, and never infinity or NaN', () => {
    const { bits, overflowed } = toFloat16(Float32Array.of(1e6, -1e6, Infinity, NaN, 1), { clamp: true });
    expect([...fromFloat16(bits)]).toEqual([65504, -65504, Infinity, NaN, 1]);
    expect(overflowed).toBe(2);
  });
});

describe('bfloat16', () => {
  it('rounds as ml_dtypes does', () => {
    const narrowed = toBfloat16(words(w => w));
    expect(sha256(narrowed.bits)).toBe('91af8d6c02aec23d7225b5df79614b593bdc4d83a02f45d9e7956f8dc7bdde97');
    expect(narrowed.overflowed).toBe(3);
  });

  it('rounds at the edges as ml_dtypes does', () => {
    const values = Float32Array.of(
      3.3895314e38,
      3.3961775e38,
      3.4028235e38,
      -3.4028235e38,
      1.00390625,
      1.01171875,
      1e-40,
      0,
      -0,
      Infinity,
    );
    expect([...toBfloat16(values).bits]).toEqual([
      32639, 32640, 32640, 65408, 16256, 16258, 1, 0, 32768, 32640,
    ]);
  });

  it('clamps when asked and reads back what it wrote', () => {
    const { bits, overflowed } = toBfloat16(Float32Array.of(3.4028235e38, NaN, -2.5), { clamp: true });
    expect([...fromBfloat16(bits)]).toEqual([3.3895313892515355e38, NaN, -2.5]);
    expect(overflowed).toBe(1);
  });
});
