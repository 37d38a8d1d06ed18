/**
 * The job spec: what a client asks for. Every other form of it (types, OpenAPI, CLI flags, job payload) derives from
 * this schema, whose method part is the union of the registered methods' option schemas.
 */
import { type TObject, type TSchema, Type } from 'typebox';
import { Preprocess } from '../core/data/preprocess.ts';
import { METRICS } from '../core/metrics/index.ts';
import { ASKABLE } from '../core/quantization/askable.ts';
import { DEFAULT_TARGET, TARGETS } from '../core/quantization/targets/index.ts';

export { Preprocess };

export const Sha256 = Type.String({
  pattern: '^[0-9a-f]{64}$',
  description: 'SHA-256 of the content, in lower-case hex',
});

/** `{ type: "<id>", ...options }`, or the bare id for the defaults. */
function methodSchema(): TSchema {
  const objects = ASKABLE.all.map(method =>
    Type.Object(
      { type: Type.Literal(method.id), ...(method.options as TObject).properties },
      { additionalProperties: false, title: method.title, description: method.summary },
    ),
  );
  const ids = ASKABLE.ids.map(id => Type.Literal(id));
  return Type.Union([Type.Union(ids, { title: 'Method id, with default options' }), ...objects]);
}

export const Metric = Type.Union(
  METRICS.ids.map(id => Type.Literal(id)),
  {
    description: 'How labelled samples are scored. Default: top1 for class indices, mse for float targets.',
  },
);

export const Gates = Type.Object(
  {
    maxAccuracyDrop: Type.Optional(
      Type.Number({
        minimum: 0,
        description:
          'Largest loss of the metric against fp32: absolute for an accuracy (0.01 = one point), relative otherwise',
      }),
    ),
    minSqnrDb: Type.Optional(
      Type.Number({
        description: 'Smallest signal-to-quantization-noise ratio of any output against fp32, in dB',
      }),
    ),
    maxSizeRatio: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'Largest file size against the source model' }),
    ),
    minSpeedup: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'Smallest median speed-up against fp32 in the same process',
      }),
    ),
  },
  { additionalProperties: false },
);

/** What any service may be configured to: a week, and 4 TiB. What this one allows is its configuration. */
export const LIMIT_CEILINGS = { timeoutSeconds: 7 * 86_400, memoryMb: 4_194_304 } as const;

export const Limits = Type.Object(
  {
    timeoutSeconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: LIMIT_CEILINGS.timeoutSeconds,
        description: 'Wall-clock limit of the run, queue time apart',
      }),
    ),
    memoryMb: Type.Optional(
      Type.Integer({
        minimum: 256,
        maximum: LIMIT_CEILINGS.memoryMb,
        description: 'Resident-memory limit of the sandbox, in MiB',
      }),
    ),
  },
  { additionalProperties: false },
);

export const Target = Type.Union(
  TARGETS.all.map(({ id, summary }) => Type.Literal(id, { description: summary })),
  {
    default: DEFAULT_TARGET,
    description:
      'Where the artifact must run well: decides defaults, and refuses options that do not run there',
  },
);

export const Spec = Type.Object(
  {
    method: methodSchema(),
    calibration: Type.Optional(
      Type.Union(
        [
          Sha256,
          Type.Object(
            {
              synthetic: Type.Literal(true),
              samples: Type.Optional(Type.Integer({ minimum: 1, maximum: 1024, default: 32 })),
            },
            { additionalProperties: false },
          ),
        ],
        {
          description: 'Dataset id, or random data whose ranges are not real',
        },
      ),
    ),
    evaluation: Type.Optional(Sha256),
    preprocess: Type.Optional(Type.Record(Type.String(), Preprocess, { description: 'By model input name' })),
    metric: Type.Optional(Metric),
    target: Type.Optional(Target),
    gates: Type.Optional(Gates),
    repair: Type.Optional(
      Type.Boolean({ default: true, description: 'Release nodes to float until the outputs hold' }),
    ),
    benchmark: Type.Optional(Type.Boolean({ default: true, description: 'Measure latency and memory' })),
    limits: Type.Optional(Limits),
  },
  { additionalProperties: false, title: 'JobSpec' },
);
