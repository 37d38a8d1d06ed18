/**
 * The port of the store: bytes by their SHA-256, and small JSON documents by kind and id.
 *
 * Invariant: content appears whole or not at all and never changes; any number of processes may use one store.
 */
import type { Readable } from 'node:stream';

export interface Blob {
  readonly sha256: string;
  readonly bytes: number;
}

export interface PutOptions {
  /** More bytes than this are refused with payload_too_large. */
  readonly maxBytes?: number;
  /** Content with another hash is refused with digest_mismatch. */
  readonly sha256?: string;
  readonly signal?: AbortSignal;
}

/** First and last byte, both inclusive, as in an HTTP range. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export const DOCUMENT_KINDS = ['models', 'datasets', 'jobs', 'results'] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

/** The hash of the content. */
export const BLOB_ID = /^[0-9a-f]{64}$/;
/** The same, after the tag of an owner where there are several. */
export const DOCUMENT_ID = /^(?:[0-9a-f]{16}\.)?[0-9a-f]{64}$/;

export interface Entry {
  readonly id: string;
  /** Milliseconds since the epoch of the last write or touch. */
  readonly usedAt: number;
}

export interface Store {
  /** @throws BitpressError payload_too_large, digest_mismatch, storage_full */
  put(content: Readable, options?: PutOptions): Promise<Blob>;
  stat(sha256: string): Promise<Blob | undefined>;
  /** @throws BitpressError gone */
  read(sha256: string, range?: ByteRange): Promise<Readable>;
  /** A private copy; never a link. @throws BitpressError gone, storage_full */
  copyTo(sha256: string, path: string): Promise<void>;
  deleteBlob(sha256: string): Promise<void>;
  /** Every stored blob with its time of use. */
  blobs(): AsyncIterable<Entry>;

  putDocument(kind: DocumentKind, id: string, document: unknown): Promise<void>;
  getDocument(kind: DocumentKind, id: string): Promise<unknown>;
  /** Starts the document's lifetime again. */
  touchDocument(kind: DocumentKind, id: string): Promise<void>;
  deleteDocument(kind: DocumentKind, id: string): Promise<boolean>;
  /** @param prefix of the ids; all where it is left out */
  documents(kind: DocumentKind, prefix?: string): AsyncIterable<Entry>;

  /** Removes what an interrupted write left behind before `before` (milliseconds since the epoch). */
  sweepPartial(before: number): Promise<number>;
  /** @throws when the store cannot be written */
  check(): Promise<void>;
}
