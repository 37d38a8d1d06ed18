/** Models: upload, describe, list, delete, bytes back. */
import { Type } from 'typebox';
import { page } from '../../contracts/common.ts';
import { ModelResource } from '../../contracts/model.ts';
import { BitpressError } from '../../errors.ts';
import { once } from '../idempotency.ts';
import { ListQuery, listDocuments } from '../list-documents.ts';
import { addModel, needModel } from '../resources.ts';
import { clientGone, IdParams, idOf, owned, problems, type Routes } from '../route.ts';
import { sendBlob } from '../send-blob.ts';
import { isJson, isMultipart, readForm, readRaw, takePartial, UploadIds } from '../uploads.ts';

const FileForm = Type.Object({
  file: Type.Any({ contentMediaType: 'application/octet-stream', description: 'Repeat for external data' }),
});

export const models: Routes = (app, deps) => {
  app.post(
    '/v1/models',
    {
      schema: {
        operationId: 'uploadModel',
        tags: ['models'],
        summary: 'Upload a model',
        description:
          'An ONNX file with its external-data files, or one Keras file; or the ids of finished resumable uploads. 200 for bytes already known.',
        body: {
          content: {
            'multipart/form-data': { schema: FileForm },
            'application/octet-stream': { schema: Type.Any() },
            'application/json': { schema: UploadIds },
          },
        },
        response: { 200: ModelResource, 201: ModelResource, ...problems },
      },
    },
    async (request, reply) => {
      const mine = owned(request, deps);
      const partial = isJson(request) ? await takePartial(request, mine) : undefined;
      const files = partial
        ? partial.files
        : isMultipart(request)
          ? (await readForm(request, mine, ['file', 'model'])).uploads.map(({ file }) => file)
          : [await readRaw(request, mine, 'model.onnx')];
      const print = JSON.stringify(files.map(({ name, sha256 }) => [name, sha256]));
      const { resource, created } = await once(request, mine, print, () =>
        addModel(files, mine, clientGone(request)),
      );
      await partial?.release();
      return reply
        .code(created ? 201 : 200)
        .header('location', `/v1/models/${resource.id}`)
        .send(resource);
    },
  );

  app.get(
    '/v1/models',
    {
      schema: {
        operationId: 'listModels',
        tags: ['models'],
        summary: 'List models, the last used first',
        querystring: ListQuery,
        response: { 200: page(ModelResource), ...problems },
      },
    },
    request => listDocuments(owned(request, deps).store, 'models', request.query as ListQuery),
  );

  app.get(
    '/v1/models/:id',
    {
      schema: {
        operationId: 'getModel',
        tags: ['models'],
        summary: 'Describe a model',
        params: IdParams,
        response: { 200: ModelResource, ...problems },
      },
    },
    request => needModel(idOf(request), owned(request, deps).store),
  );

  app.get(
    '/v1/models/:id/content',
    {
      schema: {
        operationId: 'getModelContent',
        tags: ['models'],
        summary: 'The bytes of the model file',
        params: IdParams,
        produces: ['application/octet-stream'],
        response: { 200: Type.Any(), 206: Type.Any(), 304: Type.Null(), ...problems },
      },
    },
    async (request, reply) => {
      const { store } = owned(request, deps);
      const [file] = (await needModel(idOf(request), store)).files;
      if (!file) throw new BitpressError('gone', 'the model has no files');
      return sendBlob(request, reply, store, {
        ...file,
        contentType: 'application/octet-stream',
        fileName: file.name,
      });
    },
  );

  app.delete(
    '/v1/models/:id',
    {
      schema: {
        operationId: 'deleteModel',
        tags: ['models'],
        summary: 'Delete a model',
        description: 'Its content goes with the next sweep, where nothing else names it.',
        params: IdParams,
        response: { 204: Type.Null(), ...problems },
      },
    },
    async (request, reply) => {
      if (!(await owned(request, deps).store.deleteDocument('models', idOf(request))))
        throw new BitpressError('not_found', 'there is no such model');
      return reply.code(204).send();
    },
  );
};
