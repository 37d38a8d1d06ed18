/** A job as the API shows it. Its state is read from the queue each time; nothing here is kept by the API. */
import { type Static, Type } from 'typebox';
import { STAGES } from '../pipeline/ports.ts';
import { closed, Digest, oneOf, StoredFile, Timestamp } from './common.ts';
import { Problem } from './problem.ts';
import { Spec } from './spec.ts';

export const JOB_STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

export const JobStateSchema = oneOf(JOB_STATES);

export const Artifact = Type.Object(
  { ...StoredFile.properties, contentType: Type.String(), url: Type.String() },
  closed,
);
export type Artifact = Static<typeof Artifact>;

/** What POST /v1/jobs takes as JSON. */
export const JobSubmission = Type.Object(
  {
    model: Digest,
    ...Spec.properties,
    webhook: Type.Optional(Type.String({ format: 'uri', description: 'Told when the job is over' })),
  },
  { ...closed, title: 'JobSubmission' },
);

export const JobView = Type.Object(
  {
    id: { ...Digest, description: 'SHA-256 of (model, datasets, spec, engine version): same work, same id' },
    state: JobStateSchema,
    stage: Type.Optional(oneOf(STAGES)),
    progress: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1, description: 'Share of the stage that is done' }),
    ),
    position: Type.Optional(Type.Integer({ minimum: 1, description: 'Place in the queue while queued' })),
    verdict: Type.Optional(oneOf(['pass', 'fail'])),
    headline: Type.Optional(Type.String({ description: 'First line of the report' })),
    error: Type.Optional(Problem),
    model: Digest,
    spec: Type.Unknown({ description: 'The spec with its defaults filled in' }),
    queuedAt: Timestamp,
    startedAt: Type.Optional(Timestamp),
    finishedAt: Type.Optional(Timestamp),
    artifacts: Type.Optional(Type.Array(Artifact)),
    links: Type.Object(
      { self: Type.String(), report: Type.String(), artifacts: Type.String(), cancel: Type.String() },
      closed,
    ),
  },
  { ...closed, title: 'Job' },
);
export type JobView = Static<typeof JobView>;
