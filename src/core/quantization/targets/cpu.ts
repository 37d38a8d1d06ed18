/**
 * onnxruntime on a CPU like the one that does the job. With 8-bit dot-product instructions (x86-64 with VNNI) every form runs,
 * and products of uint8 activations and int8 weights are added without saturation. Without, what the spec leaves open is
 * decided as for cpu-avx2: verification runs here, and an artifact that is wrong here would be the answer.
 * https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
 */
import { cpuAvx2 } from './cpu-avx2.ts';
import type { Target } from './target.ts';

export const cpu: Target = {
  id: 'cpu',
  title: 'CPU',
  summary:
    'onnxruntime on CPUs like the one that runs the job: every method. For others, whose sums of uint8 by int8 products may saturate, use cpu-avx2.',
  whereSumsSaturate: cpuAvx2.id,
  methods: {},
};
