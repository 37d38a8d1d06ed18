import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type BlockBits,
  type BlockOptions,
  chooseBlocks,
  packScales,
  packZeroPoints,
} from '../../../src/core/quantization/block-rtn.ts';
import { packBlocks } from '../../../src/core/quantization/pack-blocks.ts';
import { unpackUint4 } from '../../../src/core/tensor/pack-int4.ts';
import { tensorOf } from '../../../src/core/tensor/tensor.ts';
import { copies } from '../../support/copies.ts';
import { uniform } from '../../support/seeded.ts';

/** Mixed signs and sizes, an all-zero column, one-sided columns, and ties at half a step. */
function matrix(rows: number, columns: number): Float32Array {
  const u = uniform(rows * columns, rows * 1000 + columns);
  return Float32Array.from(u, (x, i) => {
    const value = Math.fround((x - 0.5) * (x - 0.25));
    switch (i % columns) {
      case 3:
        return 0;
      case 5:
        return Math.abs(value);
      case 6:
        return -Math.abs(value);
      case 7:
        return roundHalfEven(value * 16) / 4;
      default:
        return value;
    }
  });
}

const roundHalfEven = (x: number): number =>
  x % 1 === 0.5 || x % 1 === -0.5 ? 2 * Math.round(x / 2) : Math.round(x);

/** Of the codes without padding, the scales, and the zero points where they are written. */
function digest(data: Float32Array, rows: number, columns: number, options: BlockOptions): string {
  const dims = options.axis === 0 ? [rows, columns] : [columns, rows];
  const tensor = tensorOf('float32', dims, data);
  const quant = chooseBlocks(tensor, options);
  const [codes, scales] = [Buffer.concat(copies(packBlocks(tensor, quant))), packScales(dims, quant)];
  const zeroPoints = packZeroPoints(dims, quant);
  const unpack = (bytes: Uint8Array, each: number, kept: number): Uint8Array => {
    const list = options.bits === 4 ? unpackUint4(bytes, bytes.length * 2) : bytes;
    return list.filter((_, i) => i % each < kept);
  };
  const blocks = Math.ceil(rows / options.blockSize);
  const hash = createHash('sha256')
    .update(unpack(codes, blocks * options.blockSize, rows))
    .update(new Uint8Array(scales.map(scale => scale + 0).buffer));
  if (zeroPoints) hash.update(unpack(zeroPoints, (zeroPoints.length / columns) * (8 / options.bits), blocks));
  return hash.digest('hex').slice(0, 16);
}

// Digests of what onnxruntime 1.30 gives: quantize_matmul_4bits and quantize_matmul_8bits of its Python package.
// K, N, block, then 4 bits symmetric and asymmetric, 8 bits symmetric and asymmetric.
const EXPECTED: readonly (readonly [number, number, number, string, string, string, string])[] = [
  [128, 128, 16, 'bdbfb4f0738bab62', '2f20a82f3afa47e4', '555ee069cae4593e', '876cf5cfa6a2f218'],
  [128, 128, 32, '070de2ea0645dc9c', 'dafc67e6966d0758', '93b6e49c767a797d', '0b4ea72aa15a6093'],
  [128, 128, 64, '639adb3ea67480dd', '136988a042112b6d', '215e4695c1c03807', '176888116164e168'],
  [128, 128, 128, '9ee861c8705a92d3', '1f04cc85e7ab917c', 'bdc777fef78390c6', '5daeba2584db6572'],
  [32, 128, 16, 'f9afe7db54d6094a', 'bceadce7f15240e3', '05fb28125b67856b', '0b4071e5bad1fd96'],
  [32, 128, 32, '2c8d7509fc7658e4', 'd5389d0168c4cf3f', 'f7fb1b3eb3c4a41e', '1d2733cfb9eb9f6f'],
  [32, 128, 64, '2c8d7509fc7658e4', 'd5389d0168c4cf3f', 'f7fb1b3eb3c4a41e', '1d2733cfb9eb9f6f'],
  [32, 128, 128, '2c8d7509fc7658e4', 'd5389d0168c4cf3f', 'f7fb1b3eb3c4a41e', '1d2733cfb9eb9f6f'],
  [128, 32, 16, 'c5036f23f18b5517', '1b01e17856abf308', '546cdc35a5652d11', 'd44f8e83feede47a'],
  [128, 32, 32, '3a8e3559913394e0', '97438cfe3073343d', '2630b40681c8f8ab', '4f6ab95a8a11e36a'],
  [128, 32, 64, 'a6b3ee397d8a2fe7', '6331177eff0b5be0', '5d705aebbe999260', '9a17280952b449ed'],
  [128, 32, 128, 'b31841cae52fc89c', '5cfa2f4ec3180e3d', 'f603555091f9c220', '081a9e1b43e674e4'],
  [52, 128, 16, '0b528edbf680eb36', '12ef623e1497625d', 'bf96b1a302d9756f', '9ba21d36ee926a1e'],
  [52, 128, 32, '801c3d5ffd7971aa', 'dc839dfda7618dad', 'ec7e8f8d2e51caf0', '3c14f92e016a6f25'],
  [52, 128, 64, 'e6680195af467ad4', 'b86f56c425af74c8', '6a8576fd11b24b3f', '5932d0a736e2a7fd'],
  [52, 128, 128, 'e6680195af467ad4', 'b86f56c425af74c8', '6a8576fd11b24b3f', '5932d0a736e2a7fd'],
  [128, 52, 16, 'e48ea8589acfb4ff', '5fe299c21bc1fee8', '59b91c424a259061', '07323c97e4d2438e'],
  [128, 52, 32, '0eec1a3febabd12c', '3a2f2c702fc45f40', '03e97ddc763e976b', '0d46c5dcb9369d78'],
  [128, 52, 64, '4adb498e1b3ad9cd', '7793a0a0e441b94c', 'd2e8b741cd10dcd3', '20ac2ba25678aeb8'],
  [128, 52, 128, '0a133654a5bcc9f1', '96542aaa376c475f', '4a6eb3743b7a6ead', 'a405d60ce56c9ea2'],
  [73, 123, 16, 'f510080dee6fc1c9', 'b1360f8d8dc24e63', 'f95bcab2dc1f151d', 'a1eee4515f259946'],
  [73, 123, 32, 'ef1745970b7d2892', '3a57d3a0256a7e0e', '6556716cd6b38724', '472edc4d88c14dfa'],
  [73, 123, 64, '920f43c17f420fc0', '4d90036b0c083859', 'e853454df5209163', '3c698be676c9a0c8'],
  [73, 123, 128, 'b4beab06db82cf2f', '8c547e1d13be9483', 'dd4c84575596078a', '4391f1b2ed2d006b'],
];

describe.each(EXPECTED)('[%d, %d] in blocks of %d', (rows, columns, blockSize, s4, a4, s8, a8) => {
  const data = matrix(rows, columns);
  const cases: readonly (readonly [BlockBits, boolean, string])[] = [
    [4, true, s4],
    [4, false, a4],
    [8, true, s8],
    [8, false, a8],
  ];
  it.each(cases)('equals onnxruntime: %d bits, symmetric %s', (bits, symmetric, expected) => {
    expect(digest(data, rows, columns, { bits, blockSize, symmetric, axis: 0 })).toBe(expected);
  });

  it('reads a transposed matrix along its other axis', () => {
    const transposed = data.map((_, i) => data[(i % rows) * columns + Math.floor(i / rows)] as number);
    expect(digest(transposed, rows, columns, { bits: 4, blockSize, symmetric: false, axis: 1 })).toBe(a4);
  });
});
