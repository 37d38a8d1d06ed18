import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { WeightType } from '../../../src/core/quantization/weights.ts';
import {
  dequantizeWeight,
  encodeWeight,
  quantizeWeight,
  scaleDims,
} from '../../../src/core/quantization/weights.ts';
import { unpackInt4, unpackUint4 } from '../../../src/core/tensor/pack-int4.ts';
import { elementCount, type Tensor, tensorOf } from '../../../src/core/tensor/tensor.ts';
import { lcgFloats } from '../../support/lcg.ts';

const hash = (data: Uint8Array | Int8Array | Int32Array | Float32Array) =>
  createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex')
    .slice(0, 16);

/** Codes one per byte, as numpy holds 4-bit codes. */
function spread(codes: Tensor): Uint8Array | Int8Array {
  if (codes.dtype === 'int4') return unpackInt4(codes.bytes(), elementCount(codes.dims));
  if (codes.dtype === 'uint4') return unpackUint4(codes.bytes(), elementCount(codes.dims));
  return codes.bytes();
}

type Row = readonly [WeightType, boolean, number | undefined, readonly number[], readonly number[], string];
// onnxruntime.quantization 1.30, quant_utils.quantize_data on the tensor or on each slice:
// dtype, symmetric, axis, scales, zero points, hash of the codes. Changed in one place: an all-zero slice of a symmetric
// unsigned weight has the zero point of its neighbours here, 0 there.
const REFERENCE: readonly Row[] = [
  ['int8', true, undefined, [0.011774171143770218], [0], 'acf514f2797ba31e'],
  [
    'int8',
    true,
    0,
    [
      0.011677306145429611, 0.011752122081816196, 1.0, 0.011201610788702965, 0.011774171143770218,
      0.011439129710197449,
    ],
    [0, 0, 0, 0, 0, 0],
    'a9c1c5d70d10c8b5',
  ],
  [
    'int8',
    true,
    1,
    [
      0.01144571416079998, 0.011358565650880337, 0.011774171143770218, 0.0014374180464074016,
      0.011677306145429611,
    ],
    [0, 0, 0, 0, 0],
    '0bb2181989f5bdfe',
  ],
  [
    'int8',
    true,
    2,
    [
      0.01144571416079998, 0.011677306145429611, 0.011201610788702965, 0.011547393165528774,
      0.011774171143770218, 0.011752122081816196, 0.011358565650880337, 0.011635716073215008,
      0.011421420611441135,
    ],
    [0, 0, 0, 0, 0, 0, 0, 0, 0],
    '2f568f02a511c318',
  ],
  ['int8', false, undefined, [0.01171701680868864], [0], '9aca14ba4c0ea29e'],
  [
    'int8',
    false,
    0,
    [
      0.011504072695970535, 0.011604071594774723, 1.0, 0.011069017462432384, 0.011659042909741402,
      0.010443485341966152,
    ],
    [-2, -2, 0, 1, 0, -12],
    '22722b0a110ed8c2',
  ],
  [
    'int8',
    false,
    1,
    [
      0.011388730257749557, 0.011235852725803852, 0.01171701680868864, 0.0014265398494899273,
      0.011083447374403477,
    ],
    [-1, -1, 0, 0, -7],
    '0093ad4997ad7995',
  ],
  [
    'int8',
    false,
    2,
    [
      0.009658712893724442, 0.011393397115170956, 0.01067688874900341, 0.00980703067034483,
      0.011249059811234474, 0.010773112997412682, 0.011313610710203648, 0.0108273820951581,
      0.009278755635023117,
    ],
    [-23, -3, 5, 22, 5, -12, -1, -9, 28],
    '92cc95cb0aec441b',
  ],
  ['uint8', true, undefined, [0.011727998033165932], [128], 'a336f564509b3eec'],
  [
    'uint8',
    true,
    0,
    [
      0.011631513014435768, 0.01170603558421135, 1.0, 0.011157683096826077, 0.011727998033165932,
      0.011394270695745945,
    ],
    [128, 128, 128, 128, 128, 128],
    '1112fbc7eef2b148',
  ],
  [
    'uint8',
    true,
    1,
    [
      0.011400829069316387, 0.011314021423459053, 0.011727998033165932, 0.0014317812165245414,
      0.011631513014435768,
    ],
    [128, 128, 128, 128, 128],
    '864a7214a24ce223',
  ],
  [
    'uint8',
    true,
    2,
    [
      0.011400829069316387, 0.011631513014435768, 0.011157683096826077, 0.011502108536660671,
      0.011727998033165932, 0.01170603558421135, 0.011314021423459053, 0.011590085923671722,
      0.011376630514860153,
    ],
    [128, 128, 128, 128, 128, 128, 128, 128, 128],
    'da18fbf0cc62e074',
  ],
  ['uint8', false, undefined, [0.01171701680868864], [128], 'f39d47d0fc1f5ec9'],
  [
    'uint8',
    false,
    0,
    [
      0.011504072695970535, 0.011604071594774723, 1.0, 0.011069017462432384, 0.011659042909741402,
      0.010443485341966152,
    ],
    [126, 126, 0, 129, 128, 116],
    '5194821136a30727',
  ],
  [
    'uint8',
    false,
    1,
    [
      0.011388730257749557, 0.011235852725803852, 0.01171701680868864, 0.0014265398494899273,
      0.011083447374403477,
    ],
    [127, 127, 128, 128, 121],
    '3830af88b01412ef',
  ],
  [
    'uint8',
    false,
    2,
    [
      0.009658712893724442, 0.011393397115170956, 0.01067688874900341, 0.00980703067034483,
      0.011249059811234474, 0.010773112997412682, 0.011313610710203648, 0.0108273820951581,
      0.009278755635023117,
    ],
    [105, 125, 133, 150, 133, 116, 127, 119, 156],
    '3370d6130dcafa8f',
  ],
  ['int16', true, undefined, [4.563492984743789e-5], [0], '5afa2f29f4ea0299'],
  [
    'int16',
    true,
    0,
    [
      4.525949771050364e-5, 4.55494700872805e-5, 1.0, 4.341577005106956e-5, 4.563492984743789e-5,
      4.4336360588204116e-5,
    ],
    [0, 0, 0, 0, 0, 0],
    '3c603d7f2c004f29',
  ],
  [
    'int16',
    true,
    1,
    [
      4.436187737155706e-5, 4.402410195325501e-5, 4.563492984743789e-5, 5.571218025579583e-6,
      4.525949771050364e-5,
    ],
    [0, 0, 0, 0, 0],
    'c09d0a77e692b3ce',
  ],
  [
    'int16',
    true,
    2,
    [
      4.436187737155706e-5, 4.525949771050364e-5, 4.341577005106956e-5, 4.475596870179288e-5,
      4.563492984743789e-5, 4.55494700872805e-5, 4.402410195325501e-5, 4.5098298869561404e-5,
      4.426771920407191e-5,
    ],
    [0, 0, 0, 0, 0, 0, 0, 0, 0],
    '08e73a88b9b10fb0',
  ],
  ['int16', false, undefined, [4.5591503294417635e-5], [30], '8de4bae71267cc59'],
  [
    'int16',
    false,
    0,
    [
      4.476292815525085e-5, 4.515202817856334e-5, 1.0, 4.307010749471374e-5, 4.53659231425263e-5,
      4.063612868776545e-5,
    ],
    [-363, -288, 0, 262, 193, -2984],
    '6bd881fe67f96066',
  ],
  [
    'int16',
    false,
    1,
    [
      4.431412526173517e-5, 4.3719268433051184e-5, 4.5591503294417635e-5, 5.550738478632411e-6,
      4.312625605962239e-5,
    ],
    [-35, -228, 30, 120, -1621],
    '4a9858fdcd7cbe19',
  ],
  [
    'int16',
    false,
    2,
    [
      3.758254024432972e-5, 4.433228605194017e-5, 4.1544313717167825e-5, 3.8159651012392715e-5,
      4.377066215965897e-5, 4.191872722003609e-5, 4.402183185447939e-5, 4.212989369989373e-5,
      3.6104105674894527e-5,
    ],
    [-5911, -685, 1475, 5663, 1395, -2838, -2, -2309, 7408],
    '176e30782e45d8ee',
  ],
  ['uint16', true, undefined, [4.563423135550693e-5], [32768], 'aac386aa2585e412'],
  [
    'uint16',
    true,
    0,
    [
      4.525880649453029e-5, 4.554877523332834e-5, 1.0, 4.341510793892667e-5, 4.563423135550693e-5,
      4.4335683924145997e-5,
    ],
    [32768, 32768, 32768, 32768, 32768, 32768],
    'e333b7df12d5fb79',
  ],
  [
    'uint16',
    true,
    1,
    [
      4.436120070749894e-5, 4.402343256515451e-5, 4.563423135550693e-5, 5.571132987824967e-6,
      4.525880649453029e-5,
    ],
    [32768, 32768, 32768, 32768, 32768],
    'f48def99fa2792e2',
  ],
  [
    'uint16',
    true,
    2,
    [
      4.436120070749894e-5, 4.525880649453029e-5, 4.341510793892667e-5, 4.4755288399755955e-5,
      4.563423135550693e-5, 4.554877523332834e-5, 4.402343256515451e-5, 4.5097611291566864e-5,
      4.42670461779926e-5,
    ],
    [32768, 32768, 32768, 32768, 32768, 32768, 32768, 32768, 32768],
    'f8e3611f9b50820f',
  ],
  ['uint16', false, undefined, [4.5591503294417635e-5], [32798], '321de1769effd321'],
  [
    'uint16',
    false,
    0,
    [
      4.476292815525085e-5, 4.515202817856334e-5, 1.0, 4.307010749471374e-5, 4.53659231425263e-5,
      4.063612868776545e-5,
    ],
    [32405, 32480, 0, 33030, 32961, 29784],
    '23cb2aed31f48ea3',
  ],
  [
    'uint16',
    false,
    1,
    [
      4.431412526173517e-5, 4.3719268433051184e-5, 4.5591503294417635e-5, 5.550738478632411e-6,
      4.312625605962239e-5,
    ],
    [32733, 32540, 32798, 32888, 31147],
    '5dfd764162a61b01',
  ],
  [
    'uint16',
    false,
    2,
    [
      3.758254024432972e-5, 4.433228605194017e-5, 4.1544313717167825e-5, 3.8159651012392715e-5,
      4.377066215965897e-5, 4.191872722003609e-5, 4.402183185447939e-5, 4.212989369989373e-5,
      3.6104105674894527e-5,
    ],
    [26857, 32083, 34243, 38431, 34163, 29930, 32766, 30459, 40176],
    '09248648e4dab80d',
  ],
  ['int4', true, undefined, [0.1993759572505951], [0], 'fb30152520f19fb3'],
  [
    'int4',
    true,
    0,
    [
      0.1977357268333435, 0.19900259375572205, 1.0, 0.18968060612678528, 0.1993759572505951,
      0.1937026083469391,
    ],
    [0, 0, 0, 0, 0, 0],
    'd2d0794f5e6e45d7',
  ],
  [
    'int4',
    true,
    1,
    [0.19381408393383026, 0.19233837723731995, 0.1993759572505951, 0.024340279400348663, 0.1977357268333435],
    [0, 0, 0, 0, 0],
    'c17920ce1b1c143c',
  ],
  [
    'int4',
    true,
    2,
    [
      0.19381408393383026, 0.1977357268333435, 0.18968060612678528, 0.19553585350513458, 0.1993759572505951,
      0.19900259375572205, 0.19233837723731995, 0.19703146815299988, 0.1934027224779129,
    ],
    [0, 0, 0, 0, 0, 0, 0, 0, 0],
    '07d31a557be619c8',
  ],
  ['int4', false, undefined, [0.19918927550315857], [0], 'fb30152520f19fb3'],
  [
    'int4',
    false,
    0,
    [
      0.1955692321062088, 0.19726921617984772, 1.0, 0.1881732940673828, 0.19820372760295868,
      0.17753925919532776,
    ],
    [-1, -1, 0, 0, 0, -1],
    '296febdca7ecce5c',
  ],
  [
    'int4',
    false,
    1,
    [0.19360841810703278, 0.1910094916820526, 0.19918927550315857, 0.024251176044344902, 0.18841861188411713],
    [-1, -1, 0, 0, -1],
    '1f41a222028fb81f',
  ],
  [
    'int4',
    false,
    2,
    [
      0.1641981154680252, 0.19368775188922882, 0.18150711059570312, 0.16671951115131378, 0.1912340223789215,
      0.18314291536808014, 0.19233137369155884, 0.18406550586223602, 0.1577388495206833,
    ],
    [-2, -1, 0, 1, 0, -1, -1, -1, 1],
    'ff95065e99b1438f',
  ],
  ['uint4', true, undefined, [0.1993759572505951], [8], '20b88d4974c94bee'],
  [
    'uint4',
    true,
    0,
    [
      0.1977357268333435, 0.19900259375572205, 1.0, 0.18968060612678528, 0.1993759572505951,
      0.1937026083469391,
    ],
    [8, 8, 8, 8, 8, 8],
    '99dbf6a87caa23a6',
  ],
  [
    'uint4',
    true,
    1,
    [0.19381408393383026, 0.19233837723731995, 0.1993759572505951, 0.024340279400348663, 0.1977357268333435],
    [8, 8, 8, 8, 8],
    '3c0faf8bfcb61678',
  ],
  [
    'uint4',
    true,
    2,
    [
      0.19381408393383026, 0.1977357268333435, 0.18968060612678528, 0.19553585350513458, 0.1993759572505951,
      0.19900259375572205, 0.19233837723731995, 0.19703146815299988, 0.1934027224779129,
    ],
    [8, 8, 8, 8, 8, 8, 8, 8, 8],
    '8c95aa44943bfe82',
  ],
  ['uint4', false, undefined, [0.19918927550315857], [8], '20b88d4974c94bee'],
  [
    'uint4',
    false,
    0,
    [
      0.1955692321062088, 0.19726921617984772, 1.0, 0.1881732940673828, 0.19820372760295868,
      0.17753925919532776,
    ],
    [7, 7, 0, 8, 8, 7],
    '8ab7cc19453f59f1',
  ],
  [
    'uint4',
    false,
    1,
    [0.19360841810703278, 0.1910094916820526, 0.19918927550315857, 0.024251176044344902, 0.18841861188411713],
    [7, 7, 8, 8, 7],
    'ce04791177a08fa9',
  ],
  [
    'uint4',
    false,
    2,
    [
      0.1641981154680252, 0.19368775188922882, 0.18150711059570312, 0.16671951115131378, 0.1912340223789215,
      0.18314291536808014, 0.19233137369155884, 0.18406550586223602, 0.1577388495206833,
    ],
    [6, 7, 8, 9, 8, 7, 7, 7, 9],
    'd60f708a8bd59c92',
  ],
];

describe('per tensor and per channel', () => {
  const dims = [6, 5, 9];
  const data = lcgFloats(270, 3, 1);
  data.fill(0, 2 * 45, 3 * 45);
  for (let i = 0; i < 270; i++) if (Math.floor(i / 9) % 5 === 3) data[i] = data[i]! * 0.125;

  it.each(REFERENCE)(
    'equals the reference: %s symmetric %s axis %s',
    (dtype, symmetric, axis, scales, zeroPoints, codes) => {
      const made = quantizeWeight(tensorOf('float32', dims, data), { dtype, symmetric, axis });
      expect([...made.quant.scales]).toEqual(scales);
      expect([...made.quant.zeroPoints]).toEqual(zeroPoints);
      expect(hash(spread(made.codes))).toBe(codes);
      expect(encodeWeight(tensorOf('float32', dims, data), made.quant).bytes()).toEqual(made.codes.bytes());
    },
  );

  it('reads codes back within half a step', () => {
    for (const axis of [undefined, 0, 1, 2]) {
      const { quant, codes } = quantizeWeight(tensorOf('float32', dims, data), {
        dtype: 'uint8',
        symmetric: false,
        axis,
      });
      const back = dequantizeWeight(codes, quant);
      const step = Math.max(...quant.scales.filter(s => s !== 1));
      expect(Math.max(...back.map((x, i) => Math.abs(x - data[i]!)))).toBeLessThanOrEqual(step * 0.501);
    }
  });

  it('keeps 7-bit codes inside their range', () => {
    const signed = quantizeWeight(tensorOf('float32', dims, data), {
      dtype: 'int8',
      symmetric: true,
      reduceRange: true,
    }).codes;
    expect(Math.max(...new Int8Array(signed.bytes().buffer).map(Math.abs))).toBe(64);
    const unsigned = quantizeWeight(tensorOf('float32', dims, data), {
      dtype: 'uint8',
      symmetric: false,
      reduceRange: true,
    }).codes;
    expect(Math.max(...unsigned.bytes())).toBeLessThanOrEqual(127);
  });

  it('counts axes from the end', () => {
    const { quant, codes } = quantizeWeight(tensorOf('float32', [2, 2], Float32Array.of(1, 2, -1, 0.5)), {
      dtype: 'int8',
      symmetric: true,
      axis: -1,
    });
    expect(quant.axis).toBe(1);
    expect([...new Int8Array(codes.bytes().buffer)]).toEqual([127, 127, -127, 32]);
  });

  it('names a constant that is not finite', () => {
    expect(() =>
      quantizeWeight(tensorOf('float32', [3], Float32Array.of(1, NaN, 2)), {
        dtype: 'int8',
        symmetric: true,
        name: 'fc.weight',
      }),
    ).toThrow(
      expect.objectContaining({
        message: 'Constant "fc.weight" holds NaN at element 1.',
        hint: expect.stringContaining('earlier checkpoint'),
      }),
    );
  });

  it('takes an empty constant', () => {
    const { quant, codes } = quantizeWeight(tensorOf('float32', [0, 4], new Float32Array(0)), {
      dtype: 'int8',
      symmetric: true,
      axis: 1,
    });
    expect([...quant.scales]).toEqual([1, 1, 1, 1]);
    expect(codes.byteLength).toBe(0);
  });
});

type BlockRow = readonly [WeightType, boolean, number, number, string, string, string];
// quant_utils.compute_scale_zp_blocked and quantize_onnx_initializer: dtype, symmetric, axis, block size, hashes of
// scales, zero points and codes.
const BLOCKED: readonly BlockRow[] = [
  ['int4', true, 0, 4, '1f4e4204d8dbfa2c', '7b6436b0c98f6238', 'a201b15325c86636'],
  ['int4', true, 1, 8, '8d1abac0a79fe648', '59bf9091f4cbbd2a', 'c653bf1ea16edf61'],
  ['int4', true, 0, 16, '0d7a023a28957bd1', '5b6fb58e61fa4759', 'b7395de8fe7fc823'],
  ['int4', false, 0, 4, 'c0ab23eb195f49e4', '381e294a63f5d27f', 'b86359b69a3eef7a'],
  ['int4', false, 1, 8, '42caacb6b4d9c8ca', 'dfe382431317e0d6', '6fb8b3238e7b7bb8'],
  ['int4', false, 0, 16, '4e24811d1cbd953a', 'eb1a89e5c7367762', '97f9340c7404fbf2'],
  ['uint4', true, 0, 4, '1f4e4204d8dbfa2c', 'eb7321df5576d7c1', '5dbde6cfc1146743'],
  ['uint4', true, 1, 8, '8d1abac0a79fe648', '6543882284c53501', 'ae5d1f3d43184415'],
  ['uint4', true, 0, 16, '0d7a023a28957bd1', '3b694f4634424ce0', '340f92c8755fb3eb'],
  ['uint4', false, 0, 4, 'c0ab23eb195f49e4', '5ba5d11d0d9c53a6', '48a7d6b646bd1eb3'],
  ['uint4', false, 1, 8, '42caacb6b4d9c8ca', '2c2a017f1c39c8f6', '0c9c06eac2323d37'],
  ['uint4', false, 0, 16, '4e24811d1cbd953a', '79e8515319bc3e79', '3cc613630174afee'],
  ['int8', true, 0, 4, '57c301278cced8d1', '7b6436b0c98f6238', 'ec6fa520d0266828'],
  ['int8', true, 1, 8, 'caeaf335f267a6bf', '59bf9091f4cbbd2a', '49a781542fc21f4b'],
  ['int8', true, 0, 16, 'f6878c87660a6dbf', '5b6fb58e61fa4759', 'e012a48da14d058b'],
  ['int8', false, 0, 4, '5cc8b6e1af80c7f3', 'eed9690f94abfab0', '9ffc9806789b819c'],
  ['int8', false, 1, 8, 'c5d2da6d7d365bff', 'd0b922d9bf23562d', '6df5e0d83b980671'],
  ['int8', false, 0, 16, '5c124747c9ae68b4', 'e37a717e2b38d8dc', '3cc7bbe36bb955ac'],
  ['uint8', true, 0, 4, 'a7d180a72d5056a5', '0e8c7cae1e6d7cd0', '17de03fc58040539'],
  ['uint8', true, 1, 8, '56ddc196344309d3', '0e6942685dc11007', 'f8fb71a5e0be460f'],
  ['uint8', true, 0, 16, '9fab1c58579dab9f', '4e9532b546571817', 'b2099021fbc467dd'],
  ['uint8', false, 0, 4, '5cc8b6e1af80c7f3', '08ee11f482eee5e8', 'f7ebf63c2049587f'],
  ['uint8', false, 1, 8, 'c5d2da6d7d365bff', '2d00fa19d77b5b48', 'becd921280d676bf'],
  ['uint8', false, 0, 16, '5c124747c9ae68b4', '3d9d79e73dcb0a9d', '440683b15cedd63b'],
];

describe('by blocks', () => {
  const data = lcgFloats(13 * 20, 3, 7);
  for (let k = 0; k < 4; k++) data[k * 20 + 5] = 0;
  const dims = [13, 20];

  it.each(BLOCKED)(
    'equals the reference: %s symmetric %s axis %i block %i',
    (dtype, symmetric, axis, blockSize, scales, zeroPoints, codes) => {
      const made = quantizeWeight(tensorOf('float32', dims, data), { dtype, symmetric, axis, blockSize });
      expect(hash(made.quant.scales)).toBe(scales);
      expect(hash(made.quant.zeroPoints)).toBe(zeroPoints);
      expect(hash(spread(made.codes))).toBe(codes);
    },
  );

  it('lays scales out as opset 21 reads them', () => {
    const cube = lcgFloats(30, 1, 3);
    const { quant, codes } = quantizeWeight(tensorOf('float32', [2, 5, 3], cube), {
      dtype: 'int8',
      symmetric: true,
      axis: 1,
      blockSize: 2,
    });
    expect(scaleDims([2, 5, 3], quant)).toEqual([2, 3, 3]);
    // DequantizeLinear-21: the element [o, k, i] reads the scale [o, k / block, i].
    const back = dequantizeWeight(codes, quant);
    const values = new Int8Array(codes.bytes().buffer);
    for (let o = 0; o < 2; o++)
      for (let k = 0; k < 5; k++)
        for (let i = 0; i < 3; i++) {
          const at = (o * 5 + k) * 3 + i;
          const scale = quant.scales[(o * 3 + Math.floor(k / 2)) * 3 + i]!;
          expect(back[at]).toBe(Math.fround(values[at]! * scale));
          expect(Math.abs(values[at]! - cube[at]! / scale)).toBeLessThanOrEqual(0.500001);
        }
  });
});
