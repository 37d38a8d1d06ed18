/**
 * onnxruntime behind the Runtime port: the only importer of onnxruntime-node.
 *
 * Invariant: everything the native library throws leaves here as a BitpressError with the library's own words, and a
 * session that was opened is closed by its user. Runs are single-threaded with respect to each other: `run` blocks the
 * event loop of its process, which is why it only ever runs in a sandbox.
 */
import { createRequire } from 'node:module';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Dim } from '../core/ir/value.ts';
import { type ArrayDType, isArrayDType } from '../core/tensor/tensor.ts';
import { BitpressError } from '../errors.ts';
import type {
  OpenOptions,
  Optimization,
  Runtime,
  RuntimeTensor,
  Session,
  SessionValue,
  TensorMap,
} from '../pipeline/ports.ts';
import { freeArrays } from './memory/free-arrays.ts';

const LEVELS = {
  off: 'disabled',
  basic: 'basic',
  extended: 'extended',
  all: 'all',
} as const satisfies Record<Optimization, string>;

/** onnxruntime's severity "fatal": its warnings about odd models are noise in our logs; errors come as exceptions. */
const LOG_FATAL = 4;

/** Results of less are many small arrays, to send which takes longer than to collect them. */
const DISCARD_BYTES = 2 ** 20;

/** Results come as an object's properties, and this one cannot be set. */
const NOT_FETCHED = '__proto__';

const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };

export const ortRuntime: Runtime = { version, open: openSession };

async function openSession(modelPath: string, options: OpenOptions): Promise<Session> {
  let native: InferenceSession;
  try {
    native = await InferenceSession.create(modelPath, {
      executionProviders: ['cpu'],
      graphOptimizationLevel: LEVELS[options.optimization],
      logSeverityLevel: LOG_FATAL,
      interOpNumThreads: 1,
      ...(options.threads !== undefined && { intraOpNumThreads: options.threads }),
      ...(options.memoryPattern !== undefined && { enableMemPattern: options.memoryPattern }),
      ...(options.saveOptimizedTo !== undefined && { optimizedModelFilePath: options.saveOptimizedTo }),
    });
  } catch (error) {
    throw new BitpressError('model_load_failed', words(error), { cause: error });
  }
  if (native.outputNames.includes(NOT_FETCHED)) {
    await native.release();
    throw new BitpressError('model_unsupported', `an output cannot be called "${NOT_FETCHED}"`, {
      field: NOT_FETCHED,
      hint: 'Give the output another name.',
    });
  }
  const inherited = native.outputNames.filter(name => name in Object.prototype);
  return {
    inputs: native.inputMetadata.map(describe),
    outputs: native.outputMetadata.map(describe),
    run: (feeds, outputs = native.outputNames) => run(native, feeds, outputs, inherited),
    discard: results =>
      freeArrays(
        Object.values(results).map(({ data }) => data),
        DISCARD_BYTES,
      ),
    close: () => native.release(),
  };
}

/**
 * @param inherited outputs that bear the name of a property which every object has, such as "constructor": the library takes
 *   that property for a tensor to write to, unless the output is asked for
 */
async function run(
  native: InferenceSession,
  feeds: TensorMap,
  outputs: readonly string[],
  inherited: readonly string[],
): Promise<TensorMap> {
  const given = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toNative(tensor)]));
  let results: InferenceSession.OnnxValueMapType;
  try {
    results = await native.run(given, [...outputs, ...inherited.filter(name => !outputs.includes(name))]);
  } catch (error) {
    throw new BitpressError('model_run_failed', words(error), { cause: error });
  }
  return Object.fromEntries(
    outputs.flatMap(name => {
      const tensor = results[name];
      return tensor ? [[name, fromNative(name, tensor)] as const] : [];
    }),
  );
}

function describe(value: InferenceSession.ValueMetadata): SessionValue {
  if (!value.isTensor) return { name: value.name, dtype: undefined, dims: undefined };
  return {
    name: value.name,
    dtype: isArrayDType(value.type) ? value.type : undefined,
    dims: value.shape.map((dim): Dim => (dim === '' ? undefined : dim)),
  };
}

function toNative(tensor: RuntimeTensor): Tensor {
  // The constructor's overloads are one per type; which one applies is only known at run time.
  const construct = Tensor as unknown as new (
    type: string,
    data: RuntimeTensor['data'],
    dims: readonly number[],
  ) => Tensor;
  return new construct(tensor.dtype, tensor.data, tensor.dims);
}

function fromNative(name: string, tensor: Tensor): RuntimeTensor {
  const { type } = tensor;
  if (!isArrayDType(type as ArrayDType)) {
    throw new BitpressError(
      'model_unsupported',
      `output "${name}" has elements of type ${type}, which cannot be compared`,
    );
  }
  return { dtype: type as ArrayDType, dims: tensor.dims, data: tensor.data as RuntimeTensor['data'] };
}

/** Names of a model may be in a message, and as long as they like. */
const MOST_WORDS = 2000;

/** The native message without the path of the file, which is ours, and the places in the runtime's source. */
function words(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message
    .slice(0, 2 * MOST_WORDS)
    .replace(/^(Error: )?\[.*?\]\s*/, '')
    .replace(/^Load model from .*? failed:/, '')
    .replace(/\/\S+\.(?:h|cc):\d+ (?:[^()]*\([^()]*\) )?/g, '')
    .slice(0, MOST_WORDS);
}
