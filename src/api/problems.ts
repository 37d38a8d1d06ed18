/**
 * The problems that a route answers, with a true example of each code.
 *
 * Invariant: title, status and hint are the catalogue's; what is told here is the detail alone.
 */
import type { TSchema } from 'typebox';
import { PROBLEM_TYPE, type Problem } from '../contracts/problem.ts';
import { CATALOGUE, type ErrorCode, type ErrorPlace } from '../errors.ts';
import { ref } from './components.ts';
import { ALLOW, AUTHENTICATE, RETRY_AFTER } from './headers.ts';

interface Told extends ErrorPlace {
  readonly detail: string;
}

const TOLD = {
  invalid_request: { detail: '"colour" is not a known parameter', field: 'colour' },
  unauthorized: { detail: 'the API key is missing or unknown' },
  rate_limited: {
    detail: 'this key may send 6000 requests a minute',
    limit: 'BITPRESS_REQUESTS_PER_MINUTE',
  },
  internal: { detail: 'An unexpected error was logged.' },
  queue_unavailable: { detail: 'the queue does not answer' },
  storage_unavailable: { detail: 'the store does not answer' },
  shutting_down: { detail: 'nothing new is taken any more' },
  not_found: { detail: 'there is no job f2837906d3dbfb88b61f83fbf5ea85580f219c3ae5004f3d684cdee199e09a1a' },
  method_not_allowed: { detail: 'this path answers GET, HEAD' },
  not_acceptable: { detail: 'the report is not to be had as image/png' },
  conflict: { detail: 'the job is already succeeded' },
  gone: { detail: 'the content was removed' },
  payload_too_large: { detail: 'the upload exceeds 8589934592 bytes', limit: 'BITPRESS_MAX_UPLOAD_BYTES' },
  unsupported_media_type: { detail: 'a file is sent as multipart or as application/octet-stream' },
  precondition_failed: { detail: 'the content is another than If-Match names', field: 'If-Match' },
  range_not_satisfiable: { detail: 'the content has 245652 bytes' },
  digest_mismatch: { detail: 'the content has another SHA-256 than its digest says' },
  idempotency_key_reused: { detail: 'the key 8e03978e belongs to another request' },
  idempotency_key_in_use: { detail: 'the request with the key 8e03978e is under way' },
  quota_exceeded: { detail: 'this key has 200 jobs that wait or run', limit: 'BITPRESS_JOBS_PER_KEY' },
  queue_full: { detail: '1000 jobs are waiting', limit: 'BITPRESS_MAX_QUEUED' },
  storage_full: { detail: 'the disk is full' },
  webhook_refused: { detail: 'elsewhere.example is not among the allowed hosts', field: 'url' },
  invalid_spec: { detail: '"method.wight" is not a known field', field: 'method.wight' },
  calibration_required: { detail: '"static-int8" measures ranges on samples', field: 'calibration' },
  model_unreadable: { detail: 'the file is neither ONNX nor Keras' },
  model_invalid: { detail: 'node "conv1" reads "w", which nothing produces', node: 'conv1' },
  model_limit_exceeded: { detail: 'the model has 250000 nodes; 200000 are allowed', limit: 'maxNodes' },
  model_unsupported: { detail: 'layer "crop" is a Lambda, which holds code', node: 'crop' },
  external_data_refused: { detail: 'initializer "w" is in "weights.bin", which was not sent' },
  opset_unsupported: { detail: 'the model has opset 6' },
  dataset_unreadable: { detail: 'the file is neither a .npz archive nor a .npy array' },
  dataset_mismatch: {
    detail: 'there is no array for input "input" (float32[N, 1, 28, 28]); arrays present: "images"',
    field: 'input',
  },
  dataset_empty: { detail: 'the array of input "input" has no rows', field: 'input' },
  already_quantized: { detail: 'node "conv1" is a QLinearConv', node: 'conv1' },
  nothing_quantized: { detail: 'the method "weight-only-int4" finds nothing to quantize in this model' },
  model_load_failed: { detail: 'onnxruntime does not load the model' },
  timeout: { detail: 'the file could not be read in 60 seconds' },
  out_of_memory: { detail: 'reading the file took more than 8192 MiB' },
  sandbox_died: { detail: 'the process ended by SIGSEGV' },
} as const satisfies Partial<Record<ErrorCode, Told>>;

export type ShownCode = keyof typeof TOLD;

/** What any route may answer. */
const ALWAYS = [
  'invalid_request',
  'unauthorized',
  'rate_limited',
  'internal',
  'queue_unavailable',
  'storage_unavailable',
  'shutting_down',
] as const satisfies readonly ShownCode[];

const HEADERS: Readonly<Record<number, Readonly<Record<string, TSchema>>>> = {
  401: { 'www-authenticate': AUTHENTICATE },
  405: { allow: ALLOW },
  429: { 'retry-after': RETRY_AFTER },
  503: { 'retry-after': RETRY_AFTER },
};

/** Of reading a file in a sandbox. */
const READING = ['timeout', 'out_of_memory', 'sandbox_died'] as const;
export const UPLOADING = [
  'payload_too_large',
  'unsupported_media_type',
  'digest_mismatch',
  'storage_full',
  'quota_exceeded',
  'idempotency_key_reused',
  'idempotency_key_in_use',
] as const;
export const READING_MODEL = [
  'model_unreadable',
  'model_invalid',
  'model_limit_exceeded',
  'model_unsupported',
  'external_data_refused',
  'opset_unsupported',
  ...READING,
] as const;
export const READING_DATASET = ['dataset_unreadable', ...READING] as const;

/** Of a plan preview: what a job would end with. */
export const PLANNING = [
  'dataset_mismatch',
  'dataset_empty',
  'already_quantized',
  'nothing_quantized',
  'model_load_failed',
] as const;

/** Of the examples. */
const REQUEST_ID = '6f0c8a4e-3b1d-4c57-9a92-0d5e7f3b8c61';

/** Examples by their names in the document, for components.examples. */
export const PROBLEM_EXAMPLES: Readonly<
  Record<string, { readonly summary: string; readonly value: Problem }>
> = Object.fromEntries(
  (Object.keys(TOLD) as ShownCode[]).map(code => {
    const { status, title, hint } = CATALOGUE[code];
    const { detail, ...place } = TOLD[code] as Told;
    const value = {
      type: `/docs#${code}`,
      code,
      status,
      title,
      detail,
      hint,
      instance: REQUEST_ID,
      ...place,
    };
    return [code, { summary: title, value }];
  }),
);

/** The answers of a route that are problems: these, and those of any route. */
export function problems(...codes: readonly ShownCode[]) {
  const known = [...new Set<ShownCode>([...ALWAYS, ...codes])];
  const statuses = [...new Set(known.map(code => CATALOGUE[code].status))];
  return Object.fromEntries(
    statuses.map(status => {
      const same = known.filter(code => CATALOGUE[code].status === status);
      const examples = same.map(code => [code, { $ref: `#/components/examples/${code}` }]);
      const headers = HEADERS[status];
      return [
        status,
        {
          description: same.map(code => CATALOGUE[code].title).join('; '),
          ...(headers && { headers }),
          content: { [PROBLEM_TYPE]: { schema: ref('Problem'), examples: Object.fromEntries(examples) } },
        },
      ];
    }),
  );
}
