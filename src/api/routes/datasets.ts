/** Datasets: upload, describe, list, delete, bytes back. */

import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { page, type StoredFile } from '../../contracts/common.ts';
import { DatasetResource } from '../../contracts/dataset.ts';
import { BitpressError } from '../../errors.ts';
import type { ApiDeps } from '../deps.ts';
import { once } from '../idempotency.ts';
import { ListQuery, listDocuments } from '../list-documents.ts';
import { addDataset, needDataset } from '../resources.ts';
import { clientGone, IdParams, idOf, owned, problems, type Routes } from '../route.ts';
import { sendBlob } from '../send-blob.ts';
import { isJson, isMultipart, readForm, readRaw, takePartial, UploadIds } from '../uploads.ts';

const FileForm = Type.Object({
  file: Type.Any({ contentMediaType: 'application/octet-stream' }),
});

export const datasets: Routes = (app, deps) => {
  const oneFile = async (request: FastifyRequest, mine: ApiDeps): Promise<StoredFile> => {
    const [upload, ...rest] = (await readForm(request, mine, ['file'])).uploads;
    if (!upload || rest.length > 0)
      throw new BitpressError('invalid_request', 'exactly one part "file" is needed', { field: 'file' });
    return upload.file;
  };
  app.post(
    '/v1/datasets',
    {
      schema: {
        operationId: 'uploadDataset',
        tags: ['datasets'],
        summary: 'Upload a dataset',
        description:
          '.npz with one array per model input, or .npy; or the id of a finished resumable upload. 200 for bytes already known.',
        body: {
          content: {
            'multipart/form-data': { schema: FileForm },
            'application/octet-stream': { schema: Type.Any() },
            'application/json': { schema: UploadIds },
          },
        },
        response: { 200: DatasetResource, 201: DatasetResource, ...problems },
      },
    },
    async (request, reply) => {
      const mine = owned(request, deps);
      const partial = isJson(request) ? await takePartial(request, mine) : undefined;
      const [taken, ...more] = partial?.files ?? [];
      if (more.length > 0)
        throw new BitpressError('invalid_request', 'a dataset is one file', { field: 'uploads' });
      const file =
        taken ??
        (isMultipart(request) ? await oneFile(request, mine) : await readRaw(request, mine, 'dataset.npz'));
      const { resource, created } = await once(request, mine, file.sha256, () =>
        addDataset(file, mine, clientGone(request)),
      );
      await partial?.release();
      return reply
        .code(created ? 201 : 200)
        .header('location', `/v1/datasets/${resource.id}`)
        .send(resource);
    },
  );

  app.get(
    '/v1/datasets',
    {
      schema: {
        operationId: 'listDatasets',
        tags: ['datasets'],
        summary: 'List datasets, the last used first',
        querystring: ListQuery,
        response: { 200: page(DatasetResource), ...problems },
      },
    },
    request => listDocuments(owned(request, deps).store, 'datasets', request.query as ListQuery),
  );

  app.get(
    '/v1/datasets/:id',
    {
      schema: {
        operationId: 'getDataset',
        tags: ['datasets'],
        summary: 'Describe a dataset',
        params: IdParams,
        response: { 200: DatasetResource, ...problems },
      },
    },
    request => needDataset(idOf(request), owned(request, deps).store),
  );

  app.get(
    '/v1/datasets/:id/content',
    {
      schema: {
        operationId: 'getDatasetContent',
        tags: ['datasets'],
        summary: 'The bytes of the dataset',
        params: IdParams,
        produces: ['application/octet-stream'],
        response: { 200: Type.Any(), 206: Type.Any(), 304: Type.Null(), ...problems },
      },
    },
    async (request, reply) => {
      const { store } = owned(request, deps);
      const { file } = await needDataset(idOf(request), store);
      return sendBlob(request, reply, store, {
        ...file,
        contentType: 'application/octet-stream',
        fileName: file.name,
      });
    },
  );

  app.delete(
    '/v1/datasets/:id',
    {
      schema: {
        operationId: 'deleteDataset',
        tags: ['datasets'],
        summary: 'Delete a dataset',
        description: 'Its content goes with the next sweep, where nothing else names it.',
        params: IdParams,
        response: { 204: Type.Null(), ...problems },
      },
    },
    async (request, reply) => {
      if (!(await owned(request, deps).store.deleteDocument('datasets', idOf(request))))
        throw new BitpressError('not_found', 'there is no such dataset');
      return reply.code(204).send();
    },
  );
};
