/**
 * Request bodies into the store: streamed, hashed, counted, part by part in the order in which they come.
 *
 * Invariant: a body is never held in memory; a client that goes away leaves nothing.
 */
import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { closed, type StoredFile } from '../contracts/common.ts';
import { BitpressError, isBitpressError } from '../errors.ts';
import { declaredDigest, watchDigest } from './content-digest.ts';
import type { ApiDeps } from './deps.ts';
import { clientGone } from './route.ts';
import { isUploadOf } from './upload-ids.ts';

/** A field that is not a file is a spec: text of this size at most. */
const FIELD_BYTES = 1_048_576;
/** A model and its external data. */
const MAX_FILES = 1024;

export const UploadIds = Type.Object(
  {
    uploads: Type.Array(Type.String({ pattern: '^[0-9a-f]{32}$' }), {
      minItems: 1,
      maxItems: MAX_FILES,
      description: 'Ids of finished resumable uploads',
    }),
  },
  { ...closed, title: 'UploadIds' },
);

export interface Upload {
  readonly field: string;
  readonly file: StoredFile;
}

export interface Form {
  readonly uploads: readonly Upload[];
  readonly fields: ReadonlyMap<string, string>;
}

/** @param allowed names of the parts; another name is refused before its bytes are kept */
export async function readForm(
  request: FastifyRequest,
  deps: ApiDeps,
  allowed: readonly string[],
): Promise<Form> {
  const keep = await keeper(request, deps);
  const uploads: Upload[] = [];
  const fields = new Map<string, string>();
  const limits = {
    fileSize: Number.POSITIVE_INFINITY,
    files: MAX_FILES,
    fieldSize: FIELD_BYTES,
    fields: 16,
    parts: MAX_FILES + 16,
  };
  const parts = request.parts({ limits })[Symbol.asyncIterator]();
  const first = parts.next();
  // After the parser has begun to read, so that not a byte passes it by.
  const checkDigest = watchDigest(request);
  for (let next = await readable(first); !next.done; next = await readable(parts.next())) {
    const part = next.value;
    const field = part.fieldname;
    if (!allowed.includes(field))
      throw new BitpressError(
        'invalid_request',
        `"${field}" is not a known part; known are ${allowed.join(', ')}`,
        {
          field,
        },
      );
    if (part.type === 'file') {
      const name = plainName(part.filename, field);
      const blob = await keep(part.file).catch(error => {
        // The stream's own error is the body's; any other is the store's.
        throw error === part.file.errored ? malformed(error) : error;
      });
      uploads.push({ field, file: { name, ...blob } });
    } else {
      if (part.valueTruncated)
        throw new BitpressError('payload_too_large', `the part "${field}" exceeds ${FIELD_BYTES} bytes`, {
          field,
        });
      if (fields.has(field)) throw new BitpressError('invalid_request', `"${field}" comes twice`, { field });
      fields.set(field, String(part.value));
    }
  }
  checkDigest();
  return { uploads, fields };
}

/** What the parser of multipart bodies complains of is the client's. */
async function readable<R>(next: Promise<R>): Promise<R> {
  try {
    return await next;
  } catch (error) {
    throw malformed(error);
  }
}

function malformed(error: unknown): unknown {
  if (isBitpressError(error) || !(error instanceof Error)) return error;
  return new BitpressError('invalid_request', `the multipart body is not readable: ${error.message}`, {
    cause: error,
  });
}

/** A body that is the file itself. */
export async function readRaw(request: FastifyRequest, deps: ApiDeps, name: string): Promise<StoredFile> {
  if (!/^application\/octet-stream\b/i.test(request.headers['content-type'] ?? ''))
    throw new BitpressError(
      'unsupported_media_type',
      'a file is sent as multipart or as application/octet-stream',
    );
  const keep = await keeper(request, deps);
  return { name, ...(await keep(request.body as Readable, declaredDigest(request, true))) };
}

/** Uploads that came in pieces and are whole now, named in a JSON body. Call `release` when they are in use. */
export async function takePartial(
  request: FastifyRequest,
  deps: ApiDeps,
): Promise<{ readonly files: readonly StoredFile[]; release(): Promise<void> }> {
  if (!Value.Check(UploadIds, request.body))
    throw new BitpressError('invalid_request', 'the body must be {"uploads": ["<id>", …]}', {
      field: 'uploads',
    });
  const { uploads: ids } = request.body;
  const { partial } = deps;
  const keep = await keeper(request, deps);
  const files: StoredFile[] = [];
  for (const id of ids) {
    const upload = isUploadOf(request.owner, id) ? await partial.get(id) : undefined;
    if (!upload) throw new BitpressError('not_found', `there is no upload ${id}`, { field: 'uploads' });
    if (upload.offset !== upload.size)
      throw new BitpressError('conflict', `the upload ${id} is not complete`, { field: 'uploads' });
    files.push({ name: plainName(upload.filename, 'file'), ...(await keep(partial.read(id))) });
  }
  return {
    files,
    async release() {
      await Promise.all(ids.map(id => partial.remove(id)));
    },
  };
}

/** Puts the files of one request into the store, within its limit and the quota of its key. */
async function keeper(request: FastifyRequest, deps: ApiDeps) {
  const { store, maxUploadBytes, quota, meters } = deps;
  const budget = await quota.budget(request.owner, store);
  const signal = clientGone(request);
  let left = Math.min(maxUploadBytes, budget);
  return async (content: Readable, sha256?: string) => {
    try {
      const blob = await store.put(content, {
        maxBytes: left,
        signal,
        ...(sha256 !== undefined && { sha256 }),
      });
      left -= blob.bytes;
      meters.uploaded(blob.bytes);
      return blob;
    } catch (error) {
      const full = budget < maxUploadBytes && isBitpressError(error) && error.code === 'payload_too_large';
      throw full ? quota.exceeded() : error;
    }
  };
}

export function isJson(request: FastifyRequest): boolean {
  return /^application\/json/i.test(request.headers['content-type'] ?? '');
}

export function isMultipart(request: FastifyRequest): boolean {
  return /^multipart\/form-data/i.test(request.headers['content-type'] ?? '');
}

/** Names are labels: the last component, and only what a file on any system can be called. */
function plainName(filename: string | undefined, field: string): string {
  const name = (filename ?? '').split(/[/\\]/).at(-1) ?? '';
  if (name === '') return field === 'model' || field === 'file' ? 'model.onnx' : field;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (name === '.' || name === '..' || name.length > 200 || /[\x00-\x1f\x7f]/.test(name))
    throw new BitpressError('invalid_request', 'a file name is not usable', { field });
  return name;
}
