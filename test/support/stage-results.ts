/** Results of the stages as a job would leave them, with figures of the size that real ones have. */
import { METRICS } from '../../src/core/metrics/index.ts';
import type { StageResults } from '../../src/pipeline/stage-results.ts';

const digest = (digit: string): string => digit.repeat(64);

const values = Array.from({ length: 44 }, (_, index) => ({
  value:
    index % 3 === 0 ? `/blocks/blocks.${index}/conv/Conv_output_0` : `/blocks.${index}/act/Clip_output_0`,
  producer: index % 3 === 0 ? 'Conv' : 'Clip',
  dtype: 'uint8',
  sqnrDb: 18.4 + ((index * 7) % 44) * 0.61,
  scale: 0.0235294 * (1 + (index % 5)),
  zeroPoint: index % 3 === 0 ? 118 : 0,
  min: index % 3 === 0 ? -2.77 : 0,
  max: 6,
}));

export const stageResults: StageResults = {
  model: { name: 'fashion_mbv2.onnx', format: 'onnx', producer: 'pytorch', opset: 17 },
  method: {
    id: 'static-int8',
    title: 'Static 8-bit (QDQ)',
    options: {
      activation: 'uint8',
      weight: 'int8',
      perChannel: true,
      format: 'qdq',
      calibrator: { type: 'min-max' },
    },
    target: 'cpu',
  },
  gates: { maxAccuracyDrop: 0.01, minSqnrDb: 20, maxSizeRatio: 0.4, minSpeedup: 1 },
  reference: {
    engine: 'onnxruntime 1.30.0',
    fileBytes: 721_128,
    compressedBytes: 655_310,
    statistics: {
      nodes: 88,
      parameters: 177_178,
      weightBytes: 708_712,
      operators: { Constant: 36, Conv: 26, Clip: 18, Add: 5, GlobalAveragePool: 1, Flatten: 1, Gemm: 1 },
    },
    memory: { loadBytes: 2_318_336, peakBytes: 2_965_504 },
    score: 0.894,
  },
  artifact: {
    engine: 'onnxruntime 1.30.0',
    fileBytes: 279_800,
    compressedBytes: 201_700,
    statistics: {
      nodes: 152,
      parameters: 180_912,
      weightBytes: 196_340,
      operators: {
        DequantizeLinear: 86,
        QuantizeLinear: 33,
        Conv: 26,
        Add: 5,
        GlobalAveragePool: 1,
        Flatten: 1,
        Gemm: 1,
      },
    },
    memory: { loadBytes: 1_718_336, peakBytes: 2_165_504 },
    score: 0.8935,
  },
  nodes: [
    ...Array.from({ length: 31 }, (_, index) => ({
      node: `/blocks.${index}/Conv`,
      opType: 'Conv',
      outcome: 'quantized' as const,
    })),
    ...Array.from({ length: 18 }, (_, index) => ({
      node: `/blocks.${index}/Clip`,
      opType: 'Clip',
      outcome: 'absorbed' as const,
    })),
    {
      node: '/Flatten',
      opType: 'Flatten',
      outcome: { float: { code: 'no_gain', text: 'it only moves data between float neighbours' } },
    },
    {
      node: '/head/Gemm',
      opType: 'Gemm',
      outcome: { float: { code: 'excluded', text: 'named by "exclude": /head/*' } },
    },
    {
      node: '/blocks.7/Add',
      opType: 'Add',
      outcome: { float: { code: 'released_by_repair', text: 'it caused 61 % of the output error' } },
    },
  ],
  values,
  outputs: [
    {
      name: 'logits',
      optimized: {
        sqnrDb: 37.4,
        cosine: 0.99991,
        maxAbsError: 0.412,
        agreement: 0.9921,
        finite: true,
        referenceFinite: true,
        otherShapes: undefined,
      },
      unoptimized: {
        sqnrDb: 37.2,
        cosine: 0.9999,
        maxAbsError: 0.419,
        agreement: 0.9918,
        finite: true,
        referenceFinite: true,
        otherShapes: undefined,
      },
    },
  ],
  comparedSamples: 256,
  accuracy: { metric: METRICS.get('top1')!, output: 'logits', samples: 2000 },
  calibration: { samples: 128, calibrator: 'min-max', synthetic: false, values: 44 },
  repair: {
    enabled: true,
    rounds: [
      {
        released: [{ node: '/blocks.7/Add', opType: 'Add', to: 'float' }],
        sqnrDbBefore: 18.2,
        sqnrDbAfter: 37.4,
        scoreBefore: 0.861,
        scoreAfter: 0.8935,
        kept: true,
      },
    ],
  },
  benchmark: {
    threads: 2,
    result: {
      rounds: 300,
      runs: 4200,
      latencies: [
        { id: 'reference', p50: 0.222, p90: 0.241, p99: 0.302, speedup: 1, interval: { low: 1, high: 1 } },
        {
          id: 'artifact',
          p50: 0.128,
          p90: 0.139,
          p99: 0.187,
          speedup: 1.734,
          interval: { low: 1.69, high: 1.78 },
        },
      ],
    },
  },
  otherMethods: ['dynamic-int8'],
  warnings: [],
  stageMs: {
    importing: 12,
    preparing: 180,
    calibrating: 640,
    quantizing: 25,
    verifying: 910,
    benchmarking: 310,
  },
  host: {
    cpuModel: 'AMD EPYC',
    cores: 2,
    int8Instructions: ['avx2', 'avx512_vnni', 'avx_vnni'],
    platform: 'linux x64, Node 20.20.2',
  },
  provenance: {
    model: digest('a'),
    calibration: digest('b'),
    evaluation: digest('c'),
    spec: digest('d'),
    artifact: digest('e'),
    engine: '0.1.0',
    onnxruntime: '1.30.0',
  },
};
