/**
 * The plan preview: what a job would do, found without running it. `POST /v1/jobs?validateOnly=true` answers it,
 * `bitpress inspect --method` prints it.
 *
 * Invariant: nothing here is measured. A size is that of the artifact which the plan gives, before any repair.
 */
import { type Static, Type } from 'typebox';
import { closed, oneOf } from './common.ts';
import { Recommendation } from './recommendation.ts';
import { Operators } from './report.ts';

const Count = Type.Integer({ minimum: 0 });
const Bytes = Type.Integer({ minimum: 0, description: 'Bytes' });

export const PlannedNode = Type.Object(
  {
    node: Type.String(),
    opType: Type.String(),
    outcome: oneOf(['quantized', 'absorbed', 'float'], {
      description: 'absorbed: taken out, because a quantizer does the same',
    }),
    code: Type.Optional(Type.String({ description: 'Stable reason code of a node that stays float' })),
    reason: Type.Optional(Type.String()),
  },
  closed,
);
export type PlannedNode = Static<typeof PlannedNode>;

/** What one method would make of the model. */
export const MethodPreview = Type.Object(
  {
    id: Type.String(),
    title: Type.String(),
    options: Type.Record(Type.String(), Type.Unknown(), { description: 'With defaults filled in' }),
    quantizedNodes: Count,
    absorbedNodes: Count,
    floatNodes: Count,
    artifactBytes: { ...Bytes, description: 'Predicted bytes of the artifact, without repair' },
    sizeRatio: Type.Number({ minimum: 0, description: 'Of the float ONNX model' }),
    weightBytes: { ...Bytes, description: 'Predicted bytes of all constants' },
    operators: Operators,
  },
  closed,
);
export type MethodPreview = Static<typeof MethodPreview>;

/** A method: what it would make of the model, or why it does not fit it. */
export const MethodOutlook = Type.Union([
  MethodPreview,
  Type.Object({ id: Type.String(), title: Type.String(), problem: Type.String() }, closed),
]);
export type MethodOutlook = Static<typeof MethodOutlook>;

export const PlanPreview = Type.Object(
  {
    spec: Type.Unknown({ description: 'The spec with its defaults filled in' }),
    target: Type.String(),
    model: Type.Object(
      {
        format: Type.String({ description: 'onnx or keras' }),
        opset: Type.Integer(),
        parameters: Count,
        fileBytes: { ...Bytes, description: 'Of the float ONNX model' },
        operators: Operators,
      },
      closed,
    ),
    method: {
      ...MethodPreview,
      description: 'The method of the spec; of a search the first candidate that fits the model',
    },
    candidates: Type.Optional(
      Type.Array(MethodOutlook, { description: 'Of a search, in the order of trial' }),
    ),
    nodes: Type.Array(PlannedNode),
    data: Type.Object(
      {
        calibrationSamples: Type.Optional(Count),
        comparedSamples: { ...Count, description: 'Samples that the artifact would be held against fp32 on' },
        metric: Type.Optional(Type.String({ description: 'What the labels would be scored by' })),
      },
      closed,
    ),
    memoryBytes: { ...Bytes, description: 'Estimate of the resident memory that the job needs' },
    warnings: Type.Array(Type.String()),
    recommendation: Recommendation,
  },
  { ...closed, title: 'PlanPreview' },
);
export type PlanPreview = Static<typeof PlanPreview>;
