/**
 * The error catalogue: each failure that a user can meet has a stable code, an HTTP status, a title and a hint.
 *
 * Invariant: errors are recognised by `code`, never by message and never by `instanceof` across a process boundary.
 * `retryable` says whether the same request may succeed later without a change (infrastructure), and is what the
 * queue obeys: a deterministic failure is final.
 */
interface CatalogueEntry {
  readonly status: number;
  readonly retryable: boolean;
  readonly title: string;
  readonly hint: string;
}

export const CATALOGUE = {
  // --- the request
  invalid_request: {
    status: 400,
    retryable: false,
    title: 'The request is not valid',
    hint: 'Compare the request with the OpenAPI document at /openapi.yaml.',
  },
  invalid_spec: {
    status: 422,
    retryable: false,
    title: 'The job spec is not valid',
    hint: 'GET /v1/methods lists every method with its option schema.',
  },
  unauthorized: {
    status: 401,
    retryable: false,
    title: 'An API key is needed',
    hint: 'Send "Authorization: Bearer <key>".',
  },
  not_found: {
    status: 404,
    retryable: false,
    title: 'Nothing has this id',
    hint: 'Check the id; results are removed after the retention time.',
  },
  method_not_allowed: {
    status: 405,
    retryable: false,
    title: 'This path does not answer this verb',
    hint: 'See /openapi.yaml for the verbs of each path.',
  },
  not_acceptable: {
    status: 406,
    retryable: false,
    title: 'There is no such form of this',
    hint: 'The report is application/json, text/html or text/markdown.',
  },
  conflict: {
    status: 409,
    retryable: false,
    title: 'The state of the resource does not allow this',
    hint: 'Read the resource again and act on its present state.',
  },
  gone: {
    status: 410,
    retryable: false,
    title: 'This result has been removed',
    hint: 'Its retention time has passed; submit the job again.',
  },
  payload_too_large: {
    status: 413,
    retryable: false,
    title: 'The upload is larger than the limit',
    hint: 'Raise BITPRESS_MAX_UPLOAD_BYTES or send a smaller file.',
  },
  unsupported_media_type: {
    status: 415,
    retryable: false,
    title: 'This content type is not understood',
    hint: 'Send multipart/form-data, application/json or application/octet-stream.',
  },
  precondition_failed: {
    status: 412,
    retryable: false,
    title: 'A precondition of the request does not hold',
    hint: 'If-Match names the ETag of a read before; resumable uploads are tus 1.0.0: send "Tus-Resumable: 1.0.0".',
  },
  range_not_satisfiable: {
    status: 416,
    retryable: false,
    title: 'The range lies outside the content',
    hint: 'Ask for a range inside the length given by HEAD.',
  },
  webhook_refused: {
    status: 422,
    retryable: false,
    title: 'Webhooks do not go there',
    hint: 'Ask the operator to name the host in BITPRESS_WEBHOOK_HOSTS.',
  },
  digest_mismatch: {
    status: 422,
    retryable: false,
    title: 'The content does not match its declared digest',
    hint: 'Send the file again; it was changed on the way.',
  },
  idempotency_key_reused: {
    status: 422,
    retryable: false,
    title: 'This Idempotency-Key was used for another request',
    hint: 'Take a new key for each new request.',
  },
  idempotency_key_in_use: {
    status: 409,
    retryable: true,
    title: 'The first request with this Idempotency-Key is still under way',
    hint: 'Wait for its answer, or send it again later.',
  },
  rate_limited: {
    status: 429,
    retryable: true,
    title: 'Too many requests',
    hint: 'Wait for the time in Retry-After.',
  },
  quota_exceeded: {
    status: 429,
    retryable: true,
    title: 'A quota of this key is used up',
    hint: 'Wait for jobs to end, or delete models and datasets that are no longer needed.',
  },
  // --- the command line
  file_unreadable: {
    status: 400,
    retryable: false,
    title: 'A file cannot be read',
    hint: 'Check the path and who may read it.',
  },
  file_unwritable: {
    status: 400,
    retryable: false,
    title: 'A file cannot be written',
    hint: 'Make the folder first, or check who may write there.',
  },
  start_failed: {
    status: 500,
    retryable: false,
    title: 'The service did not start',
    hint: 'The README has the table of configuration.',
  },
  server_unreachable: {
    status: 503,
    retryable: true,
    title: 'The server cannot be reached',
    hint: 'Check the address, and that "bitpress serve" runs there.',
  },
  // --- the model file
  model_unreadable: {
    status: 422,
    retryable: false,
    title: 'The file is not a readable model',
    hint: 'Send an ONNX file, or a Keras .h5 or .keras file, that is complete.',
  },
  model_invalid: {
    status: 422,
    retryable: false,
    title: 'The model breaks the rules of its format',
    hint: 'Run onnx.checker.check_model on the file, and export the model again with what it finds mended.',
  },
  model_limit_exceeded: {
    status: 422,
    retryable: false,
    title: 'The model exceeds a limit',
    hint: 'The detail names the limit; a model that needs more cannot be processed here.',
  },
  model_unsupported: {
    status: 422,
    retryable: false,
    title: 'The model uses something that is not supported',
    hint: 'The detail names the node or layer and what to use instead.',
  },
  external_data_refused: {
    status: 422,
    retryable: false,
    title: 'The model refers to external data that was not sent with it',
    hint: 'Upload the data files beside the model; a location must be the plain name of one of them.',
  },
  already_quantized: {
    status: 422,
    retryable: false,
    title: 'The model is already quantized',
    hint: 'Send the float model it was made from, or use the method "convert" to verify and measure it as it is.',
  },
  opset_unsupported: {
    status: 422,
    retryable: false,
    title: "The model's opset cannot be used",
    hint: 'Export the model again with a newer opset.',
  },
  // --- the data
  dataset_unreadable: {
    status: 422,
    retryable: false,
    title: 'The file is not a readable dataset',
    hint: 'Send .npz with one array per model input, .npy for a model with one input, or .zip of images or ONNX test data.',
  },
  dataset_mismatch: {
    status: 422,
    retryable: false,
    title: 'The dataset does not fit the model',
    hint: "Arrays are named like the model's inputs; axis 0 counts samples.",
  },
  dataset_empty: {
    status: 422,
    retryable: false,
    title: 'The dataset holds no samples',
    hint: 'Send at least one sample; 32 to 256 are usual for calibration.',
  },
  dataset_not_finite: {
    status: 422,
    retryable: false,
    title: 'The data holds NaN or infinity, or leads to them',
    hint: 'Remove the sample that the detail names, or check the preprocessing.',
  },
  calibration_required: {
    status: 422,
    retryable: false,
    title: 'This method needs calibration data',
    hint: 'Add "calibration", or ask for random data with {"calibration": {"synthetic": true}}.',
  },
  // --- the work
  model_load_failed: {
    status: 422,
    retryable: false,
    title: 'onnxruntime does not load the model',
    hint: 'Check that the model runs in onnxruntime on a CPU.',
  },
  model_run_failed: {
    status: 422,
    retryable: false,
    title: 'onnxruntime fails to run the model on this data',
    hint: "Check shapes and values of the dataset against the model's inputs.",
  },
  nothing_quantized: {
    status: 422,
    retryable: false,
    title: 'No node of this model can be quantized by this method',
    hint: 'The detail says why the nodes stay float; another method may reach them (GET /v1/methods).',
  },
  artifact_broken: {
    status: 500,
    retryable: false,
    title: 'The quantized model did not pass verification and was withheld',
    hint: 'The detail names the node; exclude it by name, or report the model.',
  },
  artifact_not_finite: {
    status: 422,
    retryable: false,
    title: 'The numbers of this model go beyond what the method can write',
    hint: 'Leave out the nodes in front of the output with "exclude", or use a method of a wider range, such as bfloat16.',
  },
  model_ill_conditioned: {
    status: 422,
    retryable: false,
    title: 'Rounding alone changes what the model computes',
    hint: 'The outputs change when the inputs change in their last bit, so no version of the model can be told from a wrong one: look for differences of huge numbers, or divisions by almost zero.',
  },
  conversion_differs: {
    status: 500,
    retryable: false,
    title: 'The converted model does not compute what the uploaded one computes',
    hint: 'Report the model; the detail names the output and how far it is off.',
  },
  timeout: {
    status: 422,
    retryable: false,
    title: 'The job ran longer than its limit',
    hint: 'Raise limits.timeoutSeconds, or send fewer samples.',
  },
  out_of_memory: {
    status: 422,
    retryable: false,
    title: 'The job used more memory than its limit',
    hint: 'Raise limits.memoryMb, or use a smaller batch.',
  },
  sandbox_died: {
    status: 500,
    retryable: false,
    title: 'The process running the job died',
    hint: 'The model crashed the native runtime or was killed by the host; it is not retried.',
  },
  cancelled: {
    status: 409,
    retryable: false,
    title: 'The job was cancelled',
    hint: 'POST /v1/jobs/{id}/retry runs it again.',
  },
  // --- the service
  queue_unavailable: {
    status: 503,
    retryable: true,
    title: 'The queue cannot be reached',
    hint: 'Try again after Retry-After; nothing was lost.',
  },
  shutting_down: {
    status: 503,
    retryable: true,
    title: 'This server is stopping',
    hint: 'Send the request again: another server, or this one when it is back, takes it.',
  },
  queue_full: {
    status: 503,
    retryable: true,
    title: 'The queue is full',
    hint: 'Try again after Retry-After.',
  },
  storage_unavailable: {
    status: 503,
    retryable: true,
    title: 'The store cannot be reached',
    hint: 'Try again after Retry-After.',
  },
  storage_full: {
    status: 507,
    retryable: true,
    title: 'The store has no room left',
    hint: 'Free space in BITPRESS_DATA_DIR, or delete models and datasets.',
  },
  internal: {
    status: 500,
    retryable: true,
    title: 'Something went wrong on our side',
    hint: 'The log line with this request id says more.',
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof CATALOGUE;

/** Where in the user's input the error lies. */
export interface ErrorPlace {
  readonly node?: string;
  readonly field?: string;
  readonly limit?: string;
}

/** The form in which an error crosses a process or the network (RFC 9457 members; `type` is added by the API). */
export interface ProblemBody extends ErrorPlace {
  readonly code: ErrorCode;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly hint: string;
}

export class BitpressError extends Error {
  readonly code: ErrorCode;
  readonly place: ErrorPlace;
  readonly hint: string;

  constructor(
    code: ErrorCode,
    detail: string,
    options: ErrorPlace & { hint?: string; cause?: unknown } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'BitpressError';
    this.code = code;
    this.hint = options.hint ?? CATALOGUE[code].hint;
    this.place = {
      ...(options.node !== undefined && { node: options.node }),
      ...(options.field !== undefined && { field: options.field }),
      ...(options.limit !== undefined && { limit: options.limit }),
    };
  }
}

/** True for any error of ours, also one that came from another copy of this module. */
export function isBitpressError(error: unknown): error is BitpressError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code in CATALOGUE &&
    'place' in error
  );
}

/** Any thrown thing as a problem; what is not in the catalogue becomes `internal` and keeps no message. */
export function toProblem(error: unknown): ProblemBody {
  if (!isBitpressError(error)) {
    const { status, title, hint } = CATALOGUE.internal;
    return { code: 'internal', status, title, detail: 'An unexpected error was logged.', hint };
  }
  const { status, title } = CATALOGUE[error.code];
  return { code: error.code, status, title, detail: error.message, hint: error.hint, ...error.place };
}

/** The error again on the other side of a process boundary. */
export function fromProblem(problem: ProblemBody): BitpressError {
  return new BitpressError(problem.code, problem.detail, problem);
}
