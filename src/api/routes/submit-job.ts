/** POST /v1/jobs: a spec that names stored files, or everything in one call. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { JobSubmission, JobView } from '../../contracts/job.ts';
import type { ModelResource } from '../../contracts/model.ts';
import { type JobSpec, parseSpec } from '../../contracts/parse-spec.ts';
import { METHODS } from '../../core/quantization/methods/index.ts';
import { BitpressError } from '../../errors.ts';
import { datasetsOf } from '../../jobs/payload.ts';
import { addDataset, addModel, needDataset, needModel } from '../resources.ts';
import { clientGone, problems, type Routes } from '../route.ts';
import { isMultipart, readForm } from '../uploads.ts';

const POLL_SECONDS = 1;
const PARTS = ['model', 'calibration', 'evaluation', 'spec'];

const SubmissionForm = Type.Object({
  model: Type.Any({ contentMediaType: 'application/octet-stream', description: 'Repeat for external data' }),
  calibration: Type.Optional(Type.Any({ contentMediaType: 'application/octet-stream' })),
  evaluation: Type.Optional(Type.Any({ contentMediaType: 'application/octet-stream' })),
  spec: Type.String({ contentMediaType: 'application/json' }),
});

export const submitJob: Routes = (app, deps) => {
  const { jobs, store } = deps;

  /** The datasets may come as parts or by id; the model too. */
  async function fromForm(request: FastifyRequest): Promise<{ model: ModelResource; spec: JobSpec }> {
    const { uploads, fields } = await readForm(request, deps, PARTS);
    const sent = (field: string) => uploads.filter(upload => upload.field === field).map(({ file }) => file);
    const { model: modelField, ...json } = parseJson(await specText(fields, sent('spec')));
    for (const field of ['calibration', 'evaluation']) {
      const [file, ...rest] = sent(field);
      if (!file) continue;
      if (rest.length > 0 || json[field] !== undefined)
        throw new BitpressError('invalid_request', `"${field}" is given twice`, { field });
      json[field] = file.sha256;
    }
    const spec = parseSpec(json);
    needsData(spec);
    const signal = clientGone(request);
    const files = sent('model');
    const model =
      files.length > 0
        ? (await addModel(files, deps, signal)).resource
        : await needModel(modelName(modelField), store);
    for (const file of [...sent('calibration'), ...sent('evaluation')]) await addDataset(file, deps, signal);
    return { model, spec };
  }

  async function fromJson(body: unknown): Promise<{ model: ModelResource; spec: JobSpec }> {
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw new BitpressError('invalid_request', 'the body must be a JSON object');
    const { model, ...json } = body as Record<string, unknown>;
    const spec = parseSpec(json);
    needsData(spec);
    return { model: await needModel(modelName(model), store), spec };
  }

  async function specText(
    fields: ReadonlyMap<string, string>,
    files: readonly { readonly sha256: string; readonly bytes: number }[],
  ): Promise<string> {
    const [file] = files;
    if (!file) return fields.get('spec') ?? missing('spec');
    if (file.bytes > 1_048_576)
      throw new BitpressError('payload_too_large', 'the part "spec" exceeds 1 MiB', { field: 'spec' });
    const chunks: Buffer[] = [];
    for await (const chunk of await store.read(file.sha256)) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  }

  app.post(
    '/v1/jobs',
    {
      schema: {
        operationId: 'submitJob',
        tags: ['jobs'],
        summary: 'Submit a job',
        description:
          'JSON naming stored files, or multipart with the files and a "spec" part. 200 with the finished job when the same work is already done.',
        querystring: Type.Object({}, { additionalProperties: false }),
        body: {
          content: {
            'application/json': { schema: JobSubmission },
            'multipart/form-data': { schema: SubmissionForm },
          },
        },
        response: { 200: JobView, 202: JobView, ...problems },
      },
    },
    async (request, reply) => {
      const { model, spec } = isMultipart(request) ? await fromForm(request) : await fromJson(request.body);
      for (const field of ['calibration', 'evaluation'] as const) {
        const id = spec[field];
        if (typeof id === 'string') await needDataset(id, store, field);
      }
      await store.touchDocument('models', model.id);
      for (const id of datasetsOf(spec)) await store.touchDocument('datasets', id);
      const { view, created } = await jobs.submit({
        model: model.id,
        files: model.files,
        spec,
        cancelRequested: false,
      });
      reply.header('location', view.links.self);
      const over = !created && view.state !== 'queued' && view.state !== 'running';
      return over
        ? reply.code(200).send(view)
        : reply.code(202).header('retry-after', POLL_SECONDS).send(view);
    },
  );
};

function needsData({ method, calibration }: JobSpec): void {
  if (METHODS.get(method.type)?.data === 'required' && calibration === undefined)
    throw new BitpressError('calibration_required', `"${method.type}" measures ranges on samples`, {
      field: 'calibration',
    });
}

function modelName(value: unknown): string {
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value;
  if (value === undefined) return missing('model');
  throw new BitpressError('invalid_request', '"model" must be the id of a model', { field: 'model' });
}

function missing(field: string): never {
  throw new BitpressError('invalid_request', `"${field}" is missing`, { field });
}

function parseJson(text: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new BitpressError('invalid_spec', `the spec is not JSON: ${(error as Error).message}`, {
      field: 'spec',
    });
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json))
    return json as Record<string, unknown>;
  throw new BitpressError('invalid_spec', 'the spec must be a JSON object', { field: 'spec' });
}
