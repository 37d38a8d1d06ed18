/**
 * onnxruntime-web on WebAssembly, which has the CPU kernels, those of com.microsoft included: artifacts of every method
 * were run on its version 1.24 and agree with onnxruntime. Its QLinearConv refuses weights whose zero points differ by
 * channel, as those of uint8 do; so does ConvInteger, to which dynamic quantization gives equal ones for that reason.
 * MatMulInteger takes one per column. Its baseline kernels widen to 16 bits before they add: no saturation.
 * https://onnxruntime.ai/docs/tutorials/web/
 */
import type { Conflict, Target } from './target.ts';

const onePerTensor = ({ weight, perChannel }: Readonly<Record<string, unknown>>): Conflict | undefined =>
  weight === 'uint8' && perChannel === true
    ? {
        field: 'perChannel',
        detail: 'its convolutions refuse uint8 weights whose zero points differ by channel',
        hint: 'Use weight "int8", or "perChannel": false.',
      }
    : undefined;

export const web: Target = {
  id: 'web',
  title: 'Web',
  summary:
    'onnxruntime-web on WebAssembly: every method; uint8 weights of static-int8 only with one scale per tensor.',
  methods: {
    'static-int8': { options: {}, conflict: onePerTensor },
  },
};
