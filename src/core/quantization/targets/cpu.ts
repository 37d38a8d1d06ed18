/**
 * onnxruntime on a CPU with 8-bit dot-product instructions (x86-64 with VNNI): every form runs, and products of uint8
 * activations and int8 weights are added without saturation.
 * https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
 */
import type { Target } from './target.ts';

export const cpu: Target = {
  id: 'cpu',
  title: 'CPU',
  summary:
    'onnxruntime on x86-64 with VNNI: every method. On an older CPU sums of uint8 by int8 products may saturate: use cpu-avx2, or the option saturationGuard.',
  methods: {},
};
