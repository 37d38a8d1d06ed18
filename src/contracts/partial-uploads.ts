/**
 * The port of uploads that come in pieces: bytes under an id of ours until they are taken into the store.
 *
 * Invariant: an id is random and is all it takes to continue an upload, so it is told to its sender only.
 */
import type { Readable } from 'node:stream';

export interface PartialUpload {
  readonly id: string;
  /** Undefined until the client says it. */
  readonly size: number | undefined;
  readonly createdAt: string;
  /** As the client named it; a label. */
  readonly filename: string | undefined;
}

export interface PartialUploads {
  create(upload: PartialUpload): Promise<void>;
  /** With the number of bytes that are here. */
  get(id: string): Promise<(PartialUpload & { readonly offset: number }) | undefined>;
  /** Keeps what arrives, also when the client goes away in the middle. @throws BitpressError storage_full */
  append(id: string, offset: number, content: Readable): Promise<number>;
  setSize(id: string, size: number): Promise<void>;
  read(id: string): Readable;
  remove(id: string): Promise<boolean>;
  /** Removes uploads that were begun before `before` (milliseconds since the epoch). */
  sweep(before: number): Promise<number>;
}
