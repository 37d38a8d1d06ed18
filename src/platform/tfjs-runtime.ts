/**
 * TensorFlow.js layers behind the Runtime port: the engine of a Keras model, in JavaScript and WebAssembly. The only
 * importer of @tensorflow.
 *
 * Invariant: it is optional: where the packages are not installed, opening a model says so. It takes the files that
 * core/importers/keras/source writes, never an upload. Its memory is freed by `close`.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as Core from '@tensorflow/tfjs-core';
import type * as Layers from '@tensorflow/tfjs-layers';
import type { LayersMetadata } from '../core/importers/keras/source/layers-model.ts';
import type { Dim } from '../core/ir/value.ts';
import type { ArrayDType } from '../core/tensor/tensor.ts';
import { arrayToFloat32 } from '../core/tensor/to-float32.ts';
import { BitpressError } from '../errors.ts';
import type { Runtime, RuntimeTensor, Session, SessionValue, TensorMap } from '../pipeline/ports.ts';

interface Engine {
  readonly core: typeof Core;
  readonly layers: typeof Layers;
  readonly backend: string;
}

interface ModelJson {
  readonly modelTopology: object;
  readonly weightsManifest: readonly [
    { readonly paths: readonly [string]; readonly weights: readonly { readonly shape: number[] }[] },
  ];
  readonly userDefinedMetadata: LayersMetadata;
}

const require = createRequire(import.meta.url);
let loaded: Promise<Engine> | undefined;

export const tfjsRuntime: Runtime = {
  get version() {
    try {
      return (require('@tensorflow/tfjs-core/package.json') as { version: string }).version;
    } catch {
      return 'not installed';
    }
  },
  open: async path => openModel(await (loaded ??= load()), path),
};

/** Loads the engine without a model. */
export async function startTfjs(): Promise<void> {
  await (loaded ??= load());
}

/** WebAssembly where it starts, else plain JavaScript. */
async function load(): Promise<Engine> {
  try {
    const core = await import('@tensorflow/tfjs-core');
    const layers = await import('@tensorflow/tfjs-layers');
    core.enableProdMode();
    chainOperations(core);
    await import('@tensorflow/tfjs-backend-cpu');
    const wasm = await import('@tensorflow/tfjs-backend-wasm');
    core.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/dist/`);
    const backend = (await core.setBackend('wasm').catch(() => false)) ? 'wasm' : 'cpu';
    if (backend === 'cpu') await core.setBackend('cpu');
    return { core, layers, backend };
  } catch (cause) {
    throw new BitpressError('model_load_failed', 'TensorFlow.js is not installed here.', { cause });
  }
}

/** Layers call operations as methods of tensors; the package that adds them cannot be loaded by Node. */
function chainOperations(core: typeof Core): void {
  const prototype = core.Tensor.prototype as unknown as Record<string, unknown>;
  for (const [name, operation] of Object.entries(core))
    if (typeof operation === 'function' && /^[a-z]/.test(name) && !(name in prototype))
      prototype[name] = function (this: Core.Tensor, ...rest: unknown[]) {
        return (operation as (...all: unknown[]) => unknown)(this, ...rest);
      };
  prototype.flatten = function (this: Core.Tensor) {
    return core.reshape(this, [this.size]);
  };
}

async function openModel({ core, layers }: Engine, path: string): Promise<Session> {
  const json = JSON.parse(readFileSync(path, 'utf8')) as ModelJson;
  const [{ paths, weights }] = json.weightsManifest;
  const metadata = json.userDefinedMetadata;
  try {
    const model = await layers.models.modelFromJSON({
      modelTopology: json.modelTopology,
    } as Parameters<typeof layers.models.modelFromJSON>[0]);
    const bytes = readFileSync(join(dirname(path), paths[0]));
    setWeights(
      core,
      model,
      metadata,
      weights,
      new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4),
    );
    return sessionOf(core, model, metadata);
  } catch (error) {
    throw new BitpressError('model_load_failed', `TensorFlow.js: ${words(error)}`, { cause: error });
  }
}

function setWeights(
  core: typeof Core,
  model: Layers.LayersModel,
  { layers }: LayersMetadata,
  specs: readonly { readonly shape: number[] }[],
  values: Float32Array,
): void {
  let next = 0;
  let offset = 0;
  for (const { path, count } of layers) {
    let layer: Layers.layers.Layer = model;
    for (const name of path) layer = (layer as Layers.LayersModel).getLayer(name);
    const tensors = specs.slice(next, next + count).map(({ shape }) => {
      const length = shape.reduce((a, dim) => a * dim, 1);
      offset += length;
      return core.tensor(values.slice(offset - length, offset), shape);
    });
    next += count;
    layer.setWeights(tensors);
    core.dispose(tensors);
  }
}

function sessionOf(core: typeof Core, model: Layers.LayersModel, { inputs }: LayersMetadata): Session {
  const outputs = model.outputs.map(({ shape }, index) => describe(`output ${index}`, 'float32', shape));
  return {
    inputs: inputs.map((name, index) =>
      describe(name, dtypeOf(model.inputs[index]), model.inputs[index]?.shape ?? []),
    ),
    outputs,
    run: async feeds =>
      run(
        core,
        model,
        inputs.map(name => feeds[name]),
        outputs,
      ),
    close: async () => {
      model.dispose();
    },
  };
}

async function run(
  core: typeof Core,
  model: Layers.LayersModel,
  feeds: readonly (RuntimeTensor | undefined)[],
  outputs: readonly SessionValue[],
): Promise<TensorMap> {
  try {
    const results = core.tidy(() => {
      const tensors = feeds.map((feed, index) => toTensor(core, feed, dtypeOf(model.inputs[index])));
      // predict() cuts the batch into pieces of its own; one call is what is to be timed.
      const given = model.apply(tensors.length === 1 ? (tensors[0] as Core.Tensor) : tensors, {
        training: false,
      });
      return (Array.isArray(given) ? given : [given]) as Core.Tensor[];
    });
    const values = await Promise.all(results.map(result => result.data()));
    const map = results.map(({ shape }, index): [string, RuntimeTensor] => [
      (outputs[index] as SessionValue).name,
      { dtype: 'float32', dims: shape, data: Float32Array.from(values[index] as Float32Array) },
    ]);
    core.dispose(results);
    return Object.fromEntries(map);
  } catch (error) {
    throw new BitpressError('model_run_failed', `TensorFlow.js: ${words(error)}`, { cause: error });
  }
}

function toTensor(core: typeof Core, feed: RuntimeTensor | undefined, dtype: ArrayDType): Core.Tensor {
  if (!feed) throw new Error('an input is missing');
  const floats = arrayToFloat32(feed.dtype, feed.data);
  const data = dtype === 'int32' ? Int32Array.from(floats) : floats;
  return core.tensor(data, [...feed.dims], dtype === 'int32' ? 'int32' : 'float32');
}

function dtypeOf(input: { readonly dtype: string } | undefined): ArrayDType {
  return input?.dtype === 'int32' ? 'int32' : 'float32';
}

function describe(name: string, dtype: ArrayDType, shape: readonly (number | null)[]): SessionValue {
  return { name, dtype, dims: shape.map((dim): Dim => dim ?? undefined) };
}

function words(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500);
}
