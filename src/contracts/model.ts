/** A model as the API shows it: its files, and what was read from them in a sandbox. */
import { type Static, Type } from 'typebox';
import { closed, Digest, StoredFile, Timestamp } from './common.ts';
import { Recommendation } from './recommendation.ts';

export const TensorDescription = Type.Object(
  {
    name: Type.String(),
    dtype: Type.String({ examples: ['float32'] }),
    shape: Type.Array(
      Type.Union([
        Type.Integer(),
        Type.String({ description: 'Symbolic dimension' }),
        Type.Null({ description: 'Unknown dimension' }),
      ]),
    ),
  },
  closed,
);
export type TensorDescription = Static<typeof TensorDescription>;

const description = {
  format: Type.String({ description: 'onnx or keras' }),
  producer: Type.Optional(Type.String()),
  inputs: Type.Array(TensorDescription),
  outputs: Type.Array(TensorDescription),
  opset: Type.Integer({ description: 'Version of the default operator set' }),
  parameters: Type.Integer({ minimum: 0, description: 'Elements of all constants' }),
  operators: Type.Record(Type.String(), Type.Integer({ minimum: 0 }), {
    description: 'Number of nodes by operator',
  }),
  warnings: Type.Array(Type.String()),
  recommendation: Type.Optional(Recommendation),
};

export const ModelDescription = Type.Object(description, closed);
export type ModelDescription = Static<typeof ModelDescription>;

export const ModelResource = Type.Object(
  {
    id: { ...Digest, description: 'SHA-256 of the file; of the list of files where there are several' },
    files: Type.Array(StoredFile, { description: 'The model file, then its external data' }),
    createdAt: Timestamp,
    ...description,
  },
  { ...closed, title: 'Model' },
);
export type ModelResource = Static<typeof ModelResource>;
