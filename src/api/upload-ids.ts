/**
 * Ids of resumable uploads: the tag of their owner, then chance; where the service has no keys, chance alone.
 *
 * Invariant: an upload whose id has another tag is not there for this owner, on any server and without a word in the store.
 */
import { randomBytes } from 'node:crypto';
import { type Owner, ownerTag } from '../jobs/ownership.ts';

const DIGITS = 32;

export function newUploadId(owner: Owner): string {
  const chance = randomBytes(DIGITS / 2).toString('hex');
  return (ownerTag(owner) + chance).slice(0, DIGITS);
}

export function isUploadOf(owner: Owner, id: string): boolean {
  return id.startsWith(ownerTag(owner));
}
