/**
 * What POST /v1/jobs asks for, from either form of its body: JSON naming stored files, or multipart with the files.
 *
 * Invariant: the spec is checked before a file is looked into, and the model and data it names are known afterwards.
 */
import type { FastifyRequest } from 'fastify';
import type { DatasetResource } from '../contracts/dataset.ts';
import type { ModelResource } from '../contracts/model.ts';
import { type JobSpec, parseSpec } from '../contracts/parse-spec.ts';
import { refuseMissingData } from '../contracts/refuse-missing-data.ts';
import { BitpressError } from '../errors.ts';
import type { ApiDeps } from './deps.ts';
import { addDataset, addModel, needDataset, needModel } from './resources.ts';
import { clientGone } from './route.ts';
import { isMultipart, readForm } from './uploads.ts';

const PARTS = ['model', 'calibration', 'evaluation', 'spec', 'webhook'];
const SPEC_BYTES = 1_048_576;
const DATA_FIELDS = ['calibration', 'evaluation'] as const;

interface Parts {
  readonly model: ModelResource;
  readonly spec: JobSpec;
  readonly webhook: string | undefined;
}

export interface Submission extends Parts {
  /** Those that the spec names. */
  readonly data: readonly DatasetResource[];
}

/** @throws BitpressError invalid_request, invalid_spec, calibration_required, not_found and those of the files */
export async function readSubmission(request: FastifyRequest, deps: ApiDeps): Promise<Submission> {
  const parts = isMultipart(request) ? await fromForm(request, deps) : await fromJson(request.body, deps);
  checkLimits(parts.spec, deps);
  const data: DatasetResource[] = [];
  for (const field of DATA_FIELDS) {
    const id = parts.spec[field];
    if (typeof id === 'string') data.push(await needDataset(id, deps.store, field));
  }
  return { ...parts, data };
}

/** @throws BitpressError invalid_spec for more than this service gives a job */
function checkLimits({ limits = {} }: JobSpec, { jobLimits }: ApiDeps): void {
  for (const name of ['timeoutSeconds', 'memoryMb'] as const) {
    const asked = limits[name];
    if (asked !== undefined && asked > jobLimits[name])
      throw new BitpressError('invalid_spec', `"limits.${name}" may be at most ${jobLimits[name]} here`, {
        field: `limits.${name}`,
        limit: LIMIT_VARIABLES[name],
        hint: 'Ask for less, or leave it out and get the most.',
      });
  }
}

const LIMIT_VARIABLES = {
  timeoutSeconds: 'BITPRESS_JOB_TIMEOUT_SECONDS',
  memoryMb: 'BITPRESS_JOB_MEMORY_MB',
} as const;

/** The datasets may come as parts or by id; the model too. */
async function fromForm(request: FastifyRequest, deps: ApiDeps): Promise<Parts> {
  const { uploads, fields } = await readForm(request, deps, PARTS);
  const sent = (field: string) => uploads.filter(upload => upload.field === field).map(({ file }) => file);
  const body = parseJson(await specText(fields, sent('spec'), deps));
  for (const field of DATA_FIELDS) {
    const [file, ...rest] = sent(field);
    if (!file) continue;
    if (rest.length > 0 || body[field] !== undefined)
      throw new BitpressError('invalid_request', `"${field}" is given twice`, { field });
    body[field] = file.sha256;
  }
  const { model: named, spec, webhook = fields.get('webhook') } = parts(body);
  const signal = clientGone(request);
  const files = sent('model');
  const model =
    files.length > 0
      ? (await addModel(files, deps, signal)).resource
      : await needModel(modelName(named, 'invalid_spec'), deps.store);
  for (const file of [...sent('calibration'), ...sent('evaluation')]) await addDataset(file, deps, signal);
  return { model, spec, webhook };
}

async function fromJson(body: unknown, deps: ApiDeps): Promise<Parts> {
  if (!isRecord(body)) throw new BitpressError('invalid_request', 'the body must be a JSON object');
  const { model, spec, webhook } = parts(body);
  return { model: await needModel(modelName(model, 'invalid_request'), deps.store), spec, webhook };
}

function parts(body: Record<string, unknown>) {
  const { model, webhook, ...json } = body;
  const spec = parseSpec(json);
  refuseMissingData(
    spec.method,
    spec.calibration === undefined ? 'none' : typeof spec.calibration === 'object' ? 'synthetic' : 'real',
  );
  if (webhook !== undefined && typeof webhook !== 'string')
    throw new BitpressError('invalid_request', '"webhook" must be a URL', { field: 'webhook' });
  return { model, spec, webhook };
}

async function specText(
  fields: ReadonlyMap<string, string>,
  files: readonly { readonly sha256: string; readonly bytes: number }[],
  { store }: ApiDeps,
): Promise<string> {
  const [file] = files;
  if (!file) return fields.get('spec') ?? missing('spec');
  if (file.bytes > SPEC_BYTES)
    throw new BitpressError('payload_too_large', 'the part "spec" exceeds 1 MiB', { field: 'spec' });
  const chunks: Buffer[] = [];
  for await (const chunk of await store.read(file.sha256)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** @param code in JSON the request's schema says it, in a form only the text of the spec */
function modelName(value: unknown, code: 'invalid_request' | 'invalid_spec'): string {
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value;
  const problem = value === undefined ? '"model" is missing' : '"model" must be the id of a model';
  throw new BitpressError(code, problem, { field: 'model' });
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
  if (isRecord(json)) return json;
  throw new BitpressError('invalid_spec', 'the spec must be a JSON object', { field: 'spec' });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
