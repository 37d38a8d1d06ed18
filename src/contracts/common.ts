/** What the resources of the API share: ids, times, files. */
import { type Static, Type } from 'typebox';

export const closed = { additionalProperties: false } as const;

export const Digest = Type.String({
  pattern: '^[0-9a-f]{64}$',
  description: 'SHA-256 in lower-case hex',
  examples: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
});

export const Timestamp = Type.String({
  format: 'date-time',
  description: 'RFC 3339, UTC',
  examples: ['2026-01-31T12:00:00.000Z'],
});

export const StoredFile = Type.Object(
  {
    name: Type.String({ description: 'Plain file name', examples: ['model.onnx'] }),
    sha256: Digest,
    bytes: Type.Integer({ minimum: 0 }),
  },
  closed,
);
export type StoredFile = Static<typeof StoredFile>;

/** One of these strings. */
export const oneOf = <T extends string>(values: readonly T[], options: object = {}) =>
  Type.Unsafe<T>({ type: 'string', enum: [...values], ...options });

/** A page of a list; the cursor of the last page is absent. */
export const page = <T extends Parameters<typeof Type.Array>[0]>(item: T) =>
  Type.Object(
    {
      items: Type.Array(item),
      next: Type.Optional(Type.String({ description: 'Cursor of the next page' })),
    },
    closed,
  );
