/**
 * The report: what was done to a model and what was measured, in one versioned schema. The Markdown page, the HTML page
 * and the table on the terminal are rendered from it and from nothing else.
 *
 * Invariant: a figure that was not measured is absent, never zero. Decibels lie in [-300, 300]: 300 is "no error at
 * all", -300 is "not finite". Names of nodes and values are data of the model: renderers escape them.
 */
import { type Static, type TSchema, Type } from 'typebox';
import { closed, oneOf } from './common.ts';
import { REPORT_VERSION } from './report-version.ts';

const Count = Type.Integer({ minimum: 0 });
const Bytes = Type.Integer({ minimum: 0, description: 'Bytes' });
const Decibel = Type.Number({ minimum: -300, maximum: 300 });
const Share = Type.Number({ minimum: 0, maximum: 1 });
const Digest = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256' });
const optional = <T extends TSchema>(schema: T) => Type.Optional(schema);

export const Gate = Type.Object(
  {
    name: Type.String({ description: 'maxAccuracyDrop, minSqnrDb, maxSizeRatio or minSpeedup' }),
    limit: Type.Number(),
    measured: optional(
      Type.Number({ description: 'Absent where it could not be measured; the gate then fails' }),
    ),
    passed: Type.Boolean(),
    detail: Type.String({ description: 'One sentence for people' }),
  },
  closed,
);

export const Operators = Type.Record(Type.String(), Count, { description: 'Number of nodes by operator' });

export const Latency = Type.Object(
  {
    p50Ms: Type.Number({ minimum: 0 }),
    p90Ms: Type.Number({ minimum: 0 }),
    p99Ms: Type.Number({ minimum: 0 }),
  },
  closed,
);

export const Memory = Type.Object(
  {
    loadBytes: Bytes,
    peakBytes: { ...Bytes, description: 'Peak above the idle runtime, over loading and running' },
  },
  closed,
);

export const ModelFigures = Type.Object(
  {
    title: Type.String({ description: 'Heading of the column, e.g. "fp32"' }),
    engine: Type.String({ description: 'What ran it, e.g. "onnxruntime 1.30.0"' }),
    fileBytes: optional({ ...Bytes, description: 'The file and its external data' }),
    compressedBytes: optional({ ...Bytes, description: 'gzip, level 6' }),
    weightBytes: optional({ ...Bytes, description: 'All constants as they are stored' }),
    parameters: optional(Count),
    nodes: optional(Count),
    operators: optional(Operators),
    score: optional(Type.Number({ description: 'The metric of "accuracy"' })),
    latency: optional(Latency),
    memory: optional(Memory),
  },
  closed,
);

export const Output = Type.Object(
  {
    name: Type.String(),
    sqnrDb: optional({ ...Decibel, description: 'Against fp32, graph optimisations on' }),
    sqnrDbUnoptimized: optional({
      ...Decibel,
      description: 'Against fp32, graph optimisations off on both sides',
    }),
    cosine: optional(Type.Number()),
    maxAbsError: optional(Type.Number({ minimum: 0 })),
    agreement: optional({ ...Share, description: 'Share of rows whose largest element is the same' }),
    finite: Type.Boolean({
      description: 'False where a NaN or an infinity came out that fp32 does not give',
    }),
  },
  closed,
);

export const ValueError = Type.Object(
  {
    value: Type.String(),
    producer: optional(Type.String({ description: 'Node that produces it' })),
    dtype: Type.String(),
    sqnrDb: Decibel,
    scale: optional(Type.Number()),
    zeroPoint: optional(Type.Integer()),
    min: optional(Type.Number()),
    max: optional(Type.Number()),
  },
  { ...closed, description: 'Error that the rounding of one value alone makes' },
);

export const FloatNode = Type.Object(
  {
    node: Type.String(),
    opType: Type.String(),
    code: Type.String({ description: 'Stable reason code' }),
    reason: Type.String(),
  },
  closed,
);

export const Accuracy = Type.Object(
  {
    metric: Type.String(),
    title: Type.String(),
    unit: Type.String(),
    higherIsBetter: Type.Boolean(),
    isAccuracy: Type.Boolean({
      description: 'A share of right answers: the drop is absolute, else relative',
    }),
    output: Type.String({ description: 'The output that is scored' }),
    samples: Count,
    drop: Type.Number({ description: 'Positive when the artifact is worse than fp32' }),
  },
  closed,
);

export const RepairRound = Type.Object(
  {
    released: Type.Array(
      Type.Object({ node: Type.String(), opType: Type.String(), to: Type.String() }, closed),
    ),
    sqnrDbBefore: optional(Decibel),
    sqnrDbAfter: optional(Decibel),
    scoreBefore: optional(Type.Number()),
    scoreAfter: optional(Type.Number()),
    kept: Type.Boolean({ description: 'False where it bought nothing and was taken back' }),
  },
  closed,
);

export const GuardedLayer = Type.Object(
  {
    node: Type.String(),
    channels: Count,
    narrowed: { ...Count, description: 'Output channels whose weights got fewer codes, of 7 bits at least' },
    sqnrDbSaturated: optional({
      ...Decibel,
      description: 'Those channels with 8-bit weights on such a CPU, simulated on rows of calibration data',
    }),
    sqnrDb: optional({ ...Decibel, description: 'The same as quantized' }),
  },
  closed,
);

const Tried = {
  method: Type.String(),
  options: Type.Record(Type.String(), Type.Unknown(), { description: 'Those that are not defaults' }),
};

export const SearchTrial = Type.Object(
  {
    ...Tried,
    outcome: oneOf(['chosen', 'held', 'missed', 'failed'], {
      description: 'held: every gate, but another was preferred; failed: it gave no artifact',
    }),
    onFront: Type.Boolean({ description: 'No other is at least as good in error, bytes and latency' }),
    bytes: optional({ ...Bytes, description: 'The artifact and its external data' }),
    sizeRatio: optional(Type.Number({ minimum: 0 })),
    speedup: optional(Type.Number({ description: 'Against fp32 in the same short run' })),
    p50Ms: optional(Type.Number({ minimum: 0 })),
    minSqnrDb: optional(Decibel),
    drop: optional(Type.Number({ description: 'Loss of the metric, positive when worse' })),
    released: optional({ ...Count, description: 'Nodes that repair released to float' }),
    missed: optional(Type.Array(Type.String(), { description: 'Gates that were missed' })),
    problem: optional(Type.String({ description: 'Why it failed' })),
  },
  closed,
);

export const SearchReport = Type.Object(
  {
    id: Type.String({ description: 'The search that the spec names' }),
    prefer: Type.String({ description: 'latency, size or accuracy' }),
    trials: Type.Array(SearchTrial),
    untried: Type.Array(Type.Object(Tried, closed), {
      description: 'Candidates for which neither trials nor time were left',
    }),
  },
  closed,
);

export const Report = Type.Object(
  {
    schemaVersion: Type.Literal(REPORT_VERSION),
    headline: Type.String({ description: 'What must be known first, in one line' }),
    verdict: oneOf(['pass', 'fail']),
    gates: Type.Array(Gate),
    warnings: Type.Array(Type.String()),
    advice: Type.Array(Type.String({ description: 'What to try, where something can be better' })),
    model: Type.Object(
      {
        name: Type.String(),
        format: Type.String({ description: 'onnx or keras' }),
        producer: optional(Type.String()),
        opset: Type.Integer(),
      },
      closed,
    ),
    method: Type.Object(
      {
        id: Type.String(),
        title: Type.String(),
        options: Type.Record(Type.String(), Type.Unknown(), { description: 'With defaults filled in' }),
        target: Type.String(),
      },
      closed,
    ),
    search: optional({ ...SearchReport, description: 'What "method" was chosen from' }),
    models: Type.Object(
      {
        source: optional({
          ...ModelFigures,
          description: "The uploaded model on its own engine's semantics, where that is not onnxruntime",
        }),
        reference: { ...ModelFigures, description: 'The float ONNX model' },
        artifact: { ...ModelFigures, description: 'What is handed out' },
      },
      closed,
    ),
    comparison: Type.Object(
      {
        sizeRatio: optional(Type.Number({ description: 'File of the artifact to file of the reference' })),
        compressedRatio: optional(Type.Number()),
        weightRatio: optional(Type.Number()),
        speedup: optional(Type.Number({ description: 'Median of the reference to median of the artifact' })),
        speedupLow: optional(Type.Number({ description: '95 % interval of the speed-up' })),
        speedupHigh: optional(Type.Number()),
        memoryRatio: optional(Type.Number({ description: 'Peak of the artifact to peak of the reference' })),
        minSqnrDb: optional({ ...Decibel, description: 'The worst float output, optimised or not' }),
      },
      closed,
    ),
    structure: Type.Object(
      {
        quantizedNodes: Count,
        absorbedNodes: Count,
        floatNodes: Count,
        difference: Type.Record(Type.String(), Type.Integer(), {
          description: 'Nodes more (or fewer) by operator; operators that did not change are left out',
        }),
      },
      closed,
    ),
    accuracy: optional(Accuracy),
    outputs: Type.Array(Output),
    comparedSamples: Count,
    values: Type.Array(ValueError, { description: 'Quantized values, worst first' }),
    floatReasons: Type.Array(
      Type.Object({ code: Type.String(), reason: Type.String(), count: Count, operators: Operators }, closed),
    ),
    floatNodes: Type.Array(FloatNode),
    calibration: optional(
      Type.Object(
        {
          samples: Count,
          calibrator: Type.String(),
          synthetic: Type.Boolean(),
          values: { ...Count, description: 'Values that were observed' },
        },
        closed,
      ),
    ),
    saturation: optional(
      Type.Array(GuardedLayer, {
        description:
          'Layers that would saturate on a CPU without 8-bit dot products, where they were looked for',
      }),
    ),
    repair: Type.Object({ enabled: Type.Boolean(), rounds: Type.Array(RepairRound) }, closed),
    benchmark: optional(
      Type.Object(
        {
          rounds: { ...Count, description: 'Rounds in which every model had its turn' },
          runs: { ...Count, description: 'Timed runs of each model' },
          threads: Type.Integer({ minimum: 1 }),
        },
        closed,
      ),
    ),
    stageMs: Type.Record(Type.String(), Type.Number({ minimum: 0 }), {
      description: 'How long each stage took; not reproducible',
    }),
    host: Type.Object(
      {
        cpuModel: Type.String(),
        cores: Count,
        int8Instructions: Type.Array(Type.String()),
        platform: Type.String(),
      },
      closed,
    ),
    provenance: Type.Object(
      {
        model: Digest,
        calibration: optional(Digest),
        evaluation: optional(Digest),
        spec: optional({ ...Digest, description: 'SHA-256 of the canonical spec' }),
        artifact: Digest,
        engine: Type.String({ description: 'Version of Bitpress' }),
        onnxruntime: Type.String(),
      },
      closed,
    ),
  },
  { ...closed, title: 'Report' },
);

export type Report = Static<typeof Report>;
export type ModelFigures = Static<typeof ModelFigures>;
export type OutputEvidence = Static<typeof Output>;
export type ValueError = Static<typeof ValueError>;
export type FloatNode = Static<typeof FloatNode>;
export type SearchReport = Static<typeof SearchReport>;
export type RepairRound = Static<typeof RepairRound>;
