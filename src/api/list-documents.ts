/** Pages over stored documents, the last used first. The cursor is the id that the page begins after. */
import { type Static, Type } from 'typebox';
import type { DocumentKind, Store } from '../contracts/store.ts';

export const ListQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
    cursor: Type.Optional(Type.String({ maxLength: 100 })),
  },
  { additionalProperties: false },
);
export type ListQuery = Static<typeof ListQuery>;

export async function listDocuments(store: Store, kind: DocumentKind, { limit = 50, cursor }: ListQuery) {
  const entries: { id: string; usedAt: number }[] = [];
  for await (const entry of store.documents(kind)) entries.push(entry);
  entries.sort((a, b) => b.usedAt - a.usedAt || (a.id < b.id ? -1 : 1));
  const start = cursor === undefined ? 0 : entries.findIndex(({ id }) => id === cursor) + 1;
  const ids = entries.slice(start, start + limit).map(({ id }) => id);
  const items = (await Promise.all(ids.map(id => store.getDocument(kind, id)))).filter(
    item => item !== undefined,
  );
  const last = ids.at(-1);
  return { items, ...(start + limit < entries.length && last !== undefined && { next: last }) };
}
