/** Values at which code tends to break, and names that lead outside. */

export const INTEGERS: readonly bigint[] = [
  0n,
  1n,
  2n,
  3n,
  7n,
  16n,
  -1n,
  -2n,
  64n,
  127n,
  255n,
  65536n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n,
  2n ** 62n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];

export const FLOATS: readonly number[] = [
  0,
  -0,
  1,
  -1,
  1e-45,
  1e-38,
  1e30,
  -1e30,
  3.4e38,
  65504,
  65520,
  -1e9,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

export const TEXTS: readonly string[] = [
  '',
  ' ',
  'a',
  '..',
  '__proto__',
  'constructor',
  'toString',
  '\u0000',
  '\r\nX-Injected: 1',
  '<script>alert(1)</script>',
  '"quoted":0',
  'x'.repeat(70_000),
  '😀\u202e',
  '%s%n{{7*7}}',
];

/** Where a model might want its data from; the campaign puts canaries at several of them. */
export const LOCATIONS: readonly string[] = [
  '.env',
  'canary.bin',
  './canary.bin',
  '../canary.bin',
  '../../canary.bin',
  '../../../canary.bin',
  '/etc/passwd',
  '/proc/self/environ',
  'model.onnx',
  'imported.onnx',
  'hardlink.bin',
  'symlink.bin',
  '..\\canary.bin',
  'C:\\canary.bin',
  'file:///etc/passwd',
  'canary.bin\u0000.onnx',
];

/** Operators with a rule of their own somewhere in the code, and some with none. */
export const OPERATORS: readonly string[] = (
  'Conv ConvTranspose MatMul Gemm Add Mul Sub Div Relu Clip Sigmoid LeakyRelu Softmax MaxPool AveragePool Reshape ' +
  'Flatten Transpose Squeeze Unsqueeze Identity Slice Split Expand Tile Gather Resize Pad Concat LayerNormalization ' +
  'BatchNormalization InstanceNormalization LSTM GRU RNN If Loop Scan Constant ConstantOfShape Cast Einsum Where Shape ' +
  'QuantizeLinear DequantizeLinear DynamicQuantizeLinear TopK Dropout Upsample ReduceSum Erf Pow SequenceConstruct ' +
  'SequenceAt Optional StringNormalizer CumSum Range NonMaxSuppression DepthToSpace Attention'
).split(' ');
