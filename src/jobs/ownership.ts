/**
 * Who a thing belongs to: the name of an API key, or nobody where the service has no keys.
 *
 * Invariant: every document and job of an owner carries it, so that an id alone grants nothing. Content is shared: only
 * documents lead to it.
 */
import { createHash } from 'node:crypto';
import type { Store } from '../contracts/store.ts';

export type Owner = string | undefined;

/** Of an id's prefix: a name may hold any character. */
const TAG_DIGITS = 16;

/** What ids of this owner's things begin with; empty without an owner. */
export function ownerTag(owner: Owner): string {
  return owner === undefined ? '' : createHash('sha256').update(owner).digest('hex').slice(0, TAG_DIGITS);
}

/** The documents of one owner of a store. */
export function ownedStore(store: Store, owner: Owner): Store {
  const tag = ownerTag(owner);
  const prefix = tag === '' ? '' : `${tag}.`;
  const own = (id: string): string => prefix + id;
  return {
    ...store,
    putDocument: (kind, id, document) => store.putDocument(kind, own(id), document),
    getDocument: (kind, id) => store.getDocument(kind, own(id)),
    touchDocument: (kind, id) => store.touchDocument(kind, own(id)),
    deleteDocument: (kind, id) => store.deleteDocument(kind, own(id)),
    async *documents(kind) {
      for await (const { id, usedAt } of store.documents(kind, prefix)) {
        const bare = id.slice(prefix.length);
        // Without an owner the prefix is empty, and what is somebody's has one.
        if (!bare.includes('.')) yield { id: bare, usedAt };
      }
    },
  };
}
