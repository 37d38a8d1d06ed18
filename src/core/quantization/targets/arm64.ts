/**
 * onnxruntime on arm64. UDOT and SDOT add in 32 bits, so that nothing saturates: "There is no such issue on other CPU
 * architectures (x64 with VNNI and ARM)". "ONNX Runtime quantization on CPU can run U8U8, U8S8 and S8S8": int8
 * activations do not go with uint8 weights (on x86-64 the runtime turns them into uint8 first).
 * https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
 */
import type { Target } from './target.ts';

export const arm64: Target = {
  id: 'arm64',
  title: 'arm64',
  summary: 'onnxruntime on 64-bit ARM: every method, with uint8 or int8 activations.',
  methods: {
    'static-int8': {
      options: {},
      conflict: ({ activation, weight }) =>
        activation === 'int8' && weight === 'uint8'
          ? {
              field: 'weight',
              detail: 'onnxruntime has no 8-bit kernel for int8 activations with uint8 weights',
              hint: 'Use weight "int8", or activation "uint8".',
            }
          : undefined,
    },
  },
};
