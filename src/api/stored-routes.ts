/**
 * The routes that models and datasets have alike: upload, list, describe, bytes back, delete.
 *
 * Invariant: what a request names is looked up among its owner's documents, so another's is not found.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { closed, page, type StoredFile } from '../contracts/common.ts';
import type { Store } from '../contracts/store.ts';
import { BitpressError } from '../errors.ts';
import { blobAnswers } from './blob-answers.ts';
import { BINARY, body, empty, filePart, json, ref, unchecked } from './components.ts';
import type { ApiDeps } from './deps.ts';
import { UPLOAD_IDS_EXAMPLE } from './examples.ts';
import { BlobRequest, Idempotency, LOCATION } from './headers.ts';
import { once } from './idempotency.ts';
import { ListQuery, listDocuments } from './list-documents.ts';
import { WITH_HEAD } from './openapi.ts';
import { problems, type ShownCode, UPLOADING } from './problems.ts';
import type { Known } from './resources.ts';
import { clientGone, IdParams, idOf, owned, type Routes } from './route.ts';
import { sendBlob } from './send-blob.ts';
import { isJson, isMultipart, readForm, readRaw, takePartial, UploadIds } from './uploads.ts';

export interface Stored<R extends { readonly id: string }> {
  readonly kind: 'models' | 'datasets';
  readonly noun: 'model' | 'dataset';
  readonly component: 'Model' | 'Dataset';
  readonly example: R;
  readonly upload: {
    readonly description: string;
    /** Names that a file's part may have, the usual one first. */
    readonly parts: readonly string[];
    /** What is said of that part. */
    readonly part: string;
    /** Of a body that is the file itself and so has no name. */
    readonly rawName: string;
    readonly problems: readonly ShownCode[];
  };
  add(files: readonly StoredFile[], deps: ApiDeps, signal: AbortSignal): Promise<Known<R>>;
  /** @throws BitpressError not_found */
  need(id: string, store: Store): Promise<R>;
  /** The one whose bytes are "the content". */
  file(resource: R): StoredFile | undefined;
}

export function storedRoutes<R extends { readonly id: string }>(stored: Stored<R>): Routes {
  return (app, deps) => {
    uploadRoute(app, deps, stored);
    readRoutes(app, deps, stored);
    deleteRoute(app, deps, stored);
  };
}

function uploadRoute<R extends { readonly id: string }>(
  app: FastifyInstance,
  deps: ApiDeps,
  { kind, noun, component, example, upload, add }: Stored<R>,
): void {
  const { parts, rawName } = upload;
  const filesOf = async (request: FastifyRequest, mine: ApiDeps): Promise<readonly StoredFile[]> =>
    isMultipart(request)
      ? (await readForm(request, mine, parts)).uploads.map(({ file }) => file)
      : [await readRaw(request, mine, rawName)];

  app.post(
    `/v1/${kind}`,
    {
      schema: {
        operationId: `upload${component}`,
        tags: [kind],
        summary: `Upload a ${noun}`,
        description: upload.description,
        headers: Idempotency,
        ...body({
          'multipart/form-data': {
            schema: Type.Object({ file: filePart(upload.part) }, closed),
            example: { file: `the bytes of ${rawName}` },
          },
          [BINARY]: unchecked(`the bytes of ${rawName}`),
          'application/json': { schema: UploadIds, example: UPLOAD_IDS_EXAMPLE },
        }),
        response: {
          200: json('Known already', ref(component), example, { location: LOCATION }),
          201: json('Stored', ref(component), example, { location: LOCATION }),
          ...problems('not_found', 'conflict', ...UPLOADING, ...upload.problems),
        },
      },
    },
    async (request, reply) => {
      const mine = owned(request, deps);
      const partial = isJson(request) ? await takePartial(request, mine) : undefined;
      const files = partial?.files ?? (await filesOf(request, mine));
      const print = JSON.stringify(files.map(({ name, sha256 }) => [name, sha256]));
      const { resource, created } = await once(request, mine, print, () =>
        add(files, mine, clientGone(request)),
      );
      await partial?.release();
      return reply
        .code(created ? 201 : 200)
        .header('location', `/v1/${kind}/${resource.id}`)
        .send(resource);
    },
  );
}

function readRoutes<R extends { readonly id: string }>(
  app: FastifyInstance,
  deps: ApiDeps,
  { kind, noun, component, example, need, file }: Stored<R>,
): void {
  app.get(
    `/v1/${kind}`,
    {
      schema: {
        operationId: `list${component}s`,
        tags: [kind],
        summary: `List ${kind}, the last used first`,
        querystring: ListQuery,
        response: { 200: json('A page', page(ref(component)), { items: [example] }), ...problems('gone') },
      },
    },
    request => listDocuments(owned(request, deps).store, kind, request.query as ListQuery),
  );

  app.get(
    `/v1/${kind}/:id`,
    {
      schema: {
        operationId: `get${component}`,
        tags: [kind],
        summary: `Describe a ${noun}`,
        params: IdParams,
        [WITH_HEAD]: true,
        response: { 200: json(`The ${noun}`, ref(component), example), ...problems('not_found') },
      },
    },
    request => need(idOf(request), owned(request, deps).store),
  );

  app.get(
    `/v1/${kind}/:id/content`,
    {
      schema: {
        operationId: `get${component}Content`,
        tags: [kind],
        summary: `The bytes of the ${noun}`,
        params: IdParams,
        headers: BlobRequest,
        [WITH_HEAD]: true,
        response: {
          ...blobAnswers('The file', { [BINARY]: unchecked('the bytes') }),
          ...problems('not_found', 'gone', 'precondition_failed', 'range_not_satisfiable'),
        },
      },
    },
    async (request, reply) => {
      const { store } = owned(request, deps);
      const content = file(await need(idOf(request), store));
      if (!content) throw new BitpressError('gone', `the ${noun} has no file`);
      return sendBlob(request, reply, store, { ...content, contentType: BINARY, fileName: content.name });
    },
  );
}

function deleteRoute<R extends { readonly id: string }>(
  app: FastifyInstance,
  deps: ApiDeps,
  { kind, noun, component, need }: Stored<R>,
): void {
  app.delete(
    `/v1/${kind}/:id`,
    {
      schema: {
        operationId: `delete${component}`,
        tags: [kind],
        summary: `Delete a ${noun}`,
        description:
          'Refused while a job that waits or runs reads it. Its content goes with the next sweep, where nothing else names it.',
        params: IdParams,
        response: { 204: empty('Deleted'), ...problems('not_found', 'conflict') },
      },
    },
    async (request, reply) => {
      const id = idOf(request);
      const { jobs, store } = owned(request, deps);
      await need(id, store);
      const reader = await jobs.reader(id);
      if (reader !== undefined)
        throw new BitpressError('conflict', `job ${reader} waits or runs with this ${noun}`, {
          hint: 'Wait for its end, or cancel it first.',
        });
      await store.deleteDocument(kind, id);
      return reply.code(204).send();
    },
  );
}
