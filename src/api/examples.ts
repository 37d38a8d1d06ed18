/** One true example for each resource, shown in the OpenAPI document. A test holds them to their schemas. */
import type { DatasetResource } from '../contracts/dataset.ts';
import type { JobView } from '../contracts/job.ts';
import type { ModelResource } from '../contracts/model.ts';
import type { Report } from '../contracts/report.ts';
import type { WebhookView } from '../contracts/webhook.ts';

const MODEL = '7bd770fc8afc768366eb218e36ba860cbdbd3b58fd92797b5d231ac872e2600d';
const CALIBRATION = 'fd9b365f3dd66fbe4157dc07bfe6472afea87b201107de5ead3dedfd950a3445';
const EVALUATION = '9a7fd496e053132abfd33851ce5407142213d79c2864d644961e0ef4d5803d92';
const ARTIFACT = '35fc1c8b99c0837136e2b39457f73fb36db3920af63211c0b0ca3200e7cafb16';
const JOB = 'f2837906d3dbfb88b61f83fbf5ea85580f219c3ae5004f3d684cdee199e09a1a';
const HEADLINE = '2.94x smaller, 1.69x faster, top-1 accuracy 89.40 % before, 89.35 % after';

export const MODEL_EXAMPLE: ModelResource = {
  id: MODEL,
  files: [{ name: 'model.onnx', sha256: MODEL, bytes: 721_128 }],
  createdAt: '2026-01-31T12:00:00.000Z',
  format: 'onnx',
  producer: 'pytorch 2.13.0',
  inputs: [{ name: 'input', dtype: 'float32', shape: ['N', 1, 28, 28] }],
  outputs: [{ name: 'logits', dtype: 'float32', shape: ['N', 10] }],
  opset: 17,
  parameters: 177_142,
  operators: { Conv: 26, Clip: 18, Add: 5, Flatten: 1, Gemm: 1, GlobalAveragePool: 1 },
  warnings: [],
};

export const DATASET_EXAMPLE: DatasetResource = {
  id: CALIBRATION,
  file: { name: 'calib.npz', sha256: CALIBRATION, bytes: 803_612 },
  createdAt: '2026-01-31T12:00:00.000Z',
  arrays: [{ name: 'input', dtype: 'float32', shape: [256, 1, 28, 28] }],
};

export const SUBMISSION_EXAMPLE = {
  model: MODEL,
  method: { type: 'static-int8', calibrator: { type: 'mse' }, exclude: ['/head/*'] },
  calibration: CALIBRATION,
  evaluation: EVALUATION,
  gates: { maxAccuracyDrop: 0.01 },
};

const links = {
  self: `/v1/jobs/${JOB}`,
  report: `/v1/jobs/${JOB}/report`,
  artifacts: `/v1/jobs/${JOB}/artifacts`,
  cancel: `/v1/jobs/${JOB}/cancel`,
};
const spec = {
  method: { type: 'static-int8', activation: 'uint8', weight: 'int8', perChannel: true },
  calibration: CALIBRATION,
  evaluation: EVALUATION,
  target: 'cpu',
  repair: true,
  benchmark: true,
};

export const RUNNING_JOB_EXAMPLE: JobView = {
  id: JOB,
  state: 'running',
  stage: 'calibrating',
  progress: 0.4,
  model: MODEL,
  spec,
  queuedAt: '2026-01-31T12:00:01.000Z',
  startedAt: '2026-01-31T12:00:01.200Z',
  links,
};

export const JOB_EXAMPLE: JobView = {
  id: JOB,
  state: 'succeeded',
  verdict: 'pass',
  headline: HEADLINE,
  model: MODEL,
  spec,
  queuedAt: '2026-01-31T12:00:01.000Z',
  startedAt: '2026-01-31T12:00:01.200Z',
  finishedAt: '2026-01-31T12:00:12.000Z',
  artifacts: [
    {
      name: 'model.onnx',
      sha256: ARTIFACT,
      bytes: 245_652,
      contentType: 'application/octet-stream',
      url: `/v1/jobs/${JOB}/artifacts/model.onnx`,
    },
  ],
  links,
};

export const WEBHOOK_EXAMPLE: WebhookView = {
  id: '0',
  url: 'https://ci.example.com/hooks/bitpress',
  state: 'delivered',
  attempts: 0,
  deliveredAt: '2026-01-31T12:00:12.300Z',
};

export const REPORT_EXAMPLE: Report = {
  schemaVersion: 1,
  headline: HEADLINE,
  verdict: 'pass',
  gates: [
    {
      name: 'maxAccuracyDrop',
      limit: 0.01,
      measured: 0.0005,
      passed: true,
      detail: 'the metric lost 0.05 points; at most 1 points is wanted',
    },
  ],
  warnings: [],
  advice: [],
  model: { name: 'model.onnx', format: 'onnx', producer: 'pytorch', opset: 17 },
  method: {
    id: 'static-int8',
    title: 'Static INT8',
    options: { activation: 'uint8', weight: 'int8', perChannel: true },
    target: 'cpu',
  },
  models: {
    reference: {
      title: 'fp32',
      engine: 'onnxruntime 1.30.0',
      fileBytes: 721_128,
      parameters: 177_142,
      nodes: 88,
      operators: { Conv: 26, Clip: 18, Add: 5, Flatten: 1, Gemm: 1, GlobalAveragePool: 1 },
      score: 0.894,
      latency: { p50Ms: 0.156, p90Ms: 0.26, p99Ms: 0.61 },
      memory: { loadBytes: 2_666_496, peakBytes: 3_305_472 },
    },
    artifact: {
      title: 'static-int8',
      engine: 'onnxruntime 1.30.0',
      fileBytes: 245_652,
      parameters: 185_516,
      nodes: 156,
      operators: { DequantizeLinear: 88, QuantizeLinear: 34, Conv: 26, Add: 5, Flatten: 1, Gemm: 1 },
      score: 0.8935,
      latency: { p50Ms: 0.092, p90Ms: 0.169, p99Ms: 0.47 },
      memory: { loadBytes: 1_916_928, peakBytes: 2_433_024 },
    },
  },
  comparison: { sizeRatio: 0.341, weightRatio: 0.308, speedup: 1.69, memoryRatio: 0.736, minSqnrDb: 37.8 },
  structure: {
    quantizedNodes: 34,
    absorbedNodes: 18,
    floatNodes: 0,
    difference: { DequantizeLinear: 88, QuantizeLinear: 34, Clip: -18, Constant: -36 },
  },
  accuracy: {
    metric: 'top1',
    title: 'Top-1 accuracy',
    unit: '',
    higherIsBetter: true,
    isAccuracy: true,
    output: 'logits',
    samples: 2000,
    drop: 0.0005,
  },
  outputs: [
    {
      name: 'logits',
      sqnrDb: 38.6,
      sqnrDbUnoptimized: 37.8,
      cosine: 0.99993,
      agreement: 0.9965,
      finite: true,
    },
  ],
  comparedSamples: 2000,
  values: [
    {
      value: '/9/Conv_output_0',
      producer: '/9/Conv',
      dtype: 'uint8',
      sqnrDb: 34,
      scale: 0.0625,
      zeroPoint: 130,
      min: -8.11,
      max: 7.83,
    },
  ],
  floatReasons: [],
  floatNodes: [],
  calibration: { samples: 256, calibrator: 'min-max', synthetic: false, values: 33 },
  repair: { enabled: true, rounds: [] },
  benchmark: { rounds: 60, runs: 2626, threads: 2 },
  stageMs: { importing: 190, preparing: 68, calibrating: 2522, quantizing: 71, verifying: 3762 },
  host: {
    cpuModel: 'AMD EPYC',
    cores: 2,
    int8Instructions: ['avx2', 'avx512_vnni'],
    platform: 'linux x64, Node 24.1.0',
  },
  provenance: {
    model: MODEL,
    calibration: CALIBRATION,
    evaluation: EVALUATION,
    artifact: ARTIFACT,
    engine: '0.1.0',
    onnxruntime: '1.30.0',
  },
};

/** The other two forms of the report, their first lines. */
export const REPORT_TEXTS = {
  'text/html': `<!doctype html><html lang="en"><title>${HEADLINE}</title>`,
  'text/markdown': `# ${HEADLINE}\n`,
};

export const UPLOAD_IDS_EXAMPLE = { uploads: ['0123456789abcdef0123456789abcdef'] };

export const SUBMISSION_FORM_EXAMPLE = {
  spec: JSON.stringify({ method: 'static-int8', gates: { maxAccuracyDrop: 0.01 } }),
  model: 'the bytes of model.onnx',
  calibration: 'the bytes of calib.npz',
  evaluation: 'the bytes of eval.npz',
};

export const EVENTS_EXAMPLE = `event: job\nid: 4f1c9a02b7d35e68\ndata: ${JSON.stringify(RUNNING_JOB_EXAMPLE)}\n\n`;
