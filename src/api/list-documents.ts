/** Pages over stored documents, the last used first. The cursor is the id that the page begins after. */
import { type Static, Type } from 'typebox';
import { Digest } from '../contracts/common.ts';
import type { DocumentKind, Store } from '../contracts/store.ts';
import { BitpressError } from '../errors.ts';

/** The id of the last item of the page before. */
export const Cursor = Type.Unsafe<string>({ ...Digest, description: '"next" of the page before' });

export const ListQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
    cursor: Type.Optional(Cursor),
  },
  { additionalProperties: false },
);
export type ListQuery = Static<typeof ListQuery>;

export async function listDocuments(store: Store, kind: DocumentKind, { limit = 50, cursor }: ListQuery) {
  const { ids, start } = await newestFirst(store, kind, cursor);
  const shown = ids.slice(start, start + limit);
  const items = (await Promise.all(shown.map(id => store.getDocument(kind, id)))).filter(
    item => item !== undefined,
  );
  const last = shown.at(-1);
  return { items, ...(start + limit < ids.length && last !== undefined && { next: last }) };
}

/** @throws BitpressError gone for a cursor that is none (any more) */
export async function newestFirst(store: Store, kind: DocumentKind, cursor: string | undefined) {
  const entries: { id: string; usedAt: number }[] = [];
  for await (const entry of store.documents(kind)) entries.push(entry);
  entries.sort((a, b) => b.usedAt - a.usedAt || (a.id < b.id ? -1 : 1));
  const ids = entries.map(({ id }) => id);
  const start = cursor === undefined ? 0 : ids.indexOf(cursor) + 1;
  if (cursor !== undefined && start === 0)
    throw new BitpressError('gone', 'what the cursor names is not in the list (any more)', {
      field: 'cursor',
      hint: 'Begin again without a cursor.',
    });
  return { ids, start };
}
