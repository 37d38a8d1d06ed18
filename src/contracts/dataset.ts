/** A dataset as the API shows it: its file and the arrays in it. */
import { type Static, Type } from 'typebox';
import { closed, Digest, StoredFile, Timestamp } from './common.ts';

export const ArrayDescription = Type.Object(
  {
    name: Type.String(),
    dtype: Type.String(),
    shape: Type.Array(
      Type.Union([Type.Integer({ minimum: 0 }), Type.Null({ description: 'Differs from image to image' })]),
    ),
  },
  closed,
);

export const DatasetDescription = Type.Object({ arrays: Type.Array(ArrayDescription) }, closed);
export type DatasetDescription = Static<typeof DatasetDescription>;

export const DatasetResource = Type.Object(
  {
    id: { ...Digest, description: 'SHA-256 of the file' },
    file: StoredFile,
    createdAt: Timestamp,
    arrays: Type.Array(ArrayDescription),
  },
  { ...closed, title: 'Dataset' },
);
export type DatasetResource = Static<typeof DatasetResource>;
