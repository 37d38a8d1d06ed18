/**
 * onnxruntime on x86-64 without VNNI. Its U8S8 kernels use VPMADDUBSW, which adds two neighbouring products in 16 bits
 * and saturates: 255 * 127 + 255 * 127 does not fit. (U8U8 kernels widen first and do not saturate; int8 activations
 * are computed as uint8.) Seen on an AMD Zen 3 and under an emulated Haswell.
 *
 * Static plans are guarded channel by channel from data (../saturation). A dynamic plan sees no data, so that all its
 * weights get 7 bits, which never saturate: 2 * 255 * 64 = 32640 < 32767.
 * https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
 */
import type { Target } from './target.ts';

/** The option of each method that keeps its int8 weights from saturating. */
export const KEPT_FROM_SATURATING = {
  'static-int8': 'saturationGuard',
  'dynamic-int8': 'reduceRange',
} as const;

export const cpuAvx2: Target = {
  id: 'cpu-avx2',
  title: 'CPU without VNNI',
  summary:
    'onnxruntime on x86-64 with AVX2 or AVX512 but no 8-bit dot products: channels whose sums would saturate get weights of fewer codes.',
  methods: {
    'static-int8': {
      options: {
        [KEPT_FROM_SATURATING['static-int8']]: {
          values: [true],
          why: 'sums of uint8 by int8 products saturate on it, and the guard finds where',
        },
      },
    },
    'dynamic-int8': {
      options: {
        [KEPT_FROM_SATURATING['dynamic-int8']]: {
          values: [true, false],
          why: 'sums of uint8 by int8 products saturate on it',
          unless: ({ weight }) => weight === 'uint8',
        },
      },
      conflict: ({ reduceRange, weight }) =>
        reduceRange === false && weight === 'int8'
          ? {
              field: 'reduceRange',
              detail: 'sums of uint8 activations by 8-bit int8 weights saturate on it',
              hint: 'Leave "reduceRange" out, or use weight "uint8", whose kernels do not saturate.',
            }
          : undefined,
    },
  },
};
