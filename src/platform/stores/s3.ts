/**
 * The store on S3-compatible storage, for servers and workers that share no disk.
 *
 *   <prefix>blobs/<sha256>    <prefix><kind>/<id>.json    <prefix>used/<sha256>    when content was last asked for
 *
 * Invariant: content is spooled to the local disk while it is hashed, and only whole and under its own hash does it go to
 * the bucket, where an object appears at once or not at all. What comes back is hashed again before a sandbox sees it.
 */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { BLOB_ID, type Blob, DOCUMENT_ID, type Entry, type Store } from '../../contracts/store.ts';
import { BitpressError } from '../../errors.ts';
import { hashing } from './hashing.ts';
import type { S3Address } from './s3-address.ts';
import { asStoreError, isMissingObject } from './s3-errors.ts';
import { asStorageFull, createFrom } from './write-file.ts';

/** S3 allows 10,000 parts: files up to 320 GB. Two parts are in memory at a time. */
const PART_BYTES = 32 * 1024 ** 2;
const PARTS_AT_ONCE = 2;
const CONNECT_TIMEOUT_MS = 5_000;
/** Without a byte for this long a connection is dead. */
const IDLE_TIMEOUT_MS = 60_000;

/** @param spool folder on the local disk with room for the largest upload */
export function s3Store({ bucket, prefix, endpoint, region }: S3Address, spool: string): Store {
  const client = new S3Client({
    region,
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, socketTimeout: IDLE_TIMEOUT_MS },
  });
  const at = (key: string) => ({ Bucket: bucket, Key: prefix + key });
  const blobKey = (sha256: string): string => `blobs/${checked(sha256, BLOB_ID)}`;
  const usedKey = (sha256: string): string => `used/${checked(sha256, BLOB_ID)}`;
  const documentKey = (kind: string, id: string): string => `${kind}/${checked(id, DOCUMENT_ID)}.json`;

  /** Undefined where there is no such object. */
  async function found<R>(request: Promise<R>): Promise<R | undefined> {
    try {
      return await request;
    } catch (error) {
      if (isMissingObject(error)) return undefined;
      throw asStoreError(error);
    }
  }
  async function done<R>(request: Promise<R>): Promise<R> {
    try {
      return await request;
    } catch (error) {
      throw asStoreError(error);
    }
  }
  const sizeOf = async (key: string): Promise<number | undefined> =>
    (await found(client.send(new HeadObjectCommand(at(key)))))?.ContentLength;

  /** Content too large for a copy onto itself has its time of use beside it. */
  const touch = (sha256: string): Promise<unknown> =>
    done(client.send(new PutObjectCommand({ ...at(usedKey(sha256)), Body: '', ContentLength: 0 })));

  async function upload(path: string, key: string, signal: AbortSignal | undefined): Promise<void> {
    const content = createReadStream(path);
    const parts = new Upload({
      client,
      params: { ...at(key), Body: content, ContentType: 'application/octet-stream' },
      partSize: PART_BYTES,
      queueSize: PARTS_AT_ONCE,
    });
    const abort = (): void => {
      parts.abort().catch(() => {});
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await done(parts.done());
    } finally {
      signal?.removeEventListener('abort', abort);
      content.destroy();
    }
  }

  async function* list(folder: string, start = ''): AsyncIterable<Entry> {
    let token: string | undefined;
    do {
      const answer = await done(
        client.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: prefix + folder + start,
            ...(token !== undefined && { ContinuationToken: token }),
          }),
        ),
      );
      for (const { Key = '', LastModified } of answer.Contents ?? []) {
        const id = Key.slice(prefix.length + folder.length).replace(/\.json$/, '');
        if (DOCUMENT_ID.test(id)) yield { id, usedAt: LastModified?.getTime() ?? 0 };
      }
      token = answer.NextContinuationToken;
    } while (token !== undefined);
  }

  return {
    async put(content, options = {}) {
      const path = join(spool, randomUUID());
      const hasher = hashing(options.maxBytes ?? Number.MAX_SAFE_INTEGER);
      try {
        await mkdir(spool, { recursive: true, mode: 0o700 });
        await createFrom(content, hasher, path, options.signal);
        const blob: Blob = hasher.result();
        if (options.sha256 !== undefined && options.sha256 !== blob.sha256)
          throw new BitpressError('digest_mismatch', `the content has the SHA-256 ${blob.sha256}`);
        if ((await sizeOf(blobKey(blob.sha256))) === blob.bytes) await touch(blob.sha256);
        else await upload(path, blobKey(blob.sha256), options.signal);
        return blob;
      } catch (error) {
        throw asStorageFull(error);
      } finally {
        content.destroy();
        await rm(path, { force: true });
      }
    },

    async stat(sha256) {
      const bytes = await sizeOf(blobKey(sha256));
      return bytes === undefined ? undefined : { sha256, bytes };
    },

    async read(sha256, range) {
      const object = await found(
        client.send(
          new GetObjectCommand({
            ...at(blobKey(sha256)),
            ...(range && { Range: `bytes=${range.start}-${range.end}` }),
          }),
        ),
      );
      if (!object) throw goneBlob(sha256);
      return object.Body as Readable;
    },

    async copyTo(sha256, path) {
      const hasher = hashing(Number.MAX_SAFE_INTEGER);
      const content = await this.read(sha256);
      try {
        await createFrom(content, hasher, path);
      } catch (error) {
        await rm(path, { force: true });
        throw asStoreError(asStorageFull(error));
      }
      if (hasher.result().sha256 === sha256) return;
      await rm(path, { force: true });
      throw new BitpressError('storage_unavailable', `the store answers other bytes than ${sha256}`);
    },

    async deleteBlob(sha256) {
      await done(client.send(new DeleteObjectCommand(at(blobKey(sha256)))));
      await done(client.send(new DeleteObjectCommand(at(usedKey(sha256)))));
    },

    async *blobs() {
      const used = new Map<string, number>();
      for await (const { id, usedAt } of list('used/')) used.set(id, usedAt);
      for await (const { id, usedAt } of list('blobs/'))
        yield { id, usedAt: Math.max(usedAt, used.get(id) ?? 0) };
    },

    async putDocument(kind, id, document) {
      const Body = JSON.stringify(document);
      const command = new PutObjectCommand({
        ...at(documentKey(kind, id)),
        Body,
        ContentType: 'application/json',
      });
      await done(client.send(command));
    },

    async getDocument(kind, id) {
      const object = await found(client.send(new GetObjectCommand(at(documentKey(kind, id)))));
      if (!object) return undefined;
      return JSON.parse((await object.Body?.transformToString()) ?? 'null') as unknown;
    },

    async touchDocument(kind, id) {
      const key = at(documentKey(kind, id));
      // An object may be copied onto itself only where something about it is said anew.
      const command = new CopyObjectCommand({
        ...key,
        CopySource: `${bucket}/${encodeURI(key.Key)}`,
        MetadataDirective: 'REPLACE',
        ContentType: 'application/json',
      });
      await found(client.send(command));
    },

    async deleteDocument(kind, id) {
      const key = documentKey(kind, id);
      if ((await sizeOf(key)) === undefined) return false;
      await done(client.send(new DeleteObjectCommand(at(key))));
      return true;
    },

    documents: (kind, start) => list(`${kind}/`, start),

    async sweepPartial(before) {
      let removed = 0;
      const answer = await done(
        client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: `${prefix}blobs/` })),
      );
      for (const { Key, UploadId, Initiated } of answer.Uploads ?? []) {
        if (Key === undefined || (Initiated?.getTime() ?? 0) >= before) continue;
        await found(client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })));
        removed++;
      }
      for (const name of await readdir(spool).catch(() => [])) {
        const path = join(spool, name);
        if (((await stat(path).catch(() => undefined))?.mtimeMs ?? before) >= before) continue;
        await rm(path, { force: true });
        removed++;
      }
      return removed;
    },

    async check() {
      await mkdir(spool, { recursive: true, mode: 0o700 });
      await done(client.send(new HeadBucketCommand({ Bucket: bucket })));
    },
  };
}

function checked(id: string, pattern: RegExp): string {
  if (!pattern.test(id)) throw new BitpressError('not_found', 'an id is 64 lower-case hex digits');
  return id;
}

function goneBlob(sha256: string): BitpressError {
  return new BitpressError('gone', `the content ${sha256} is no longer stored`);
}
