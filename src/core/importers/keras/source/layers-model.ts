/**
 * The uploaded model as a TensorFlow.js layers model: model.json and one file of weights, for the engine to load.
 *
 * Invariant: this path shares the reading of files and topology with the importer and nothing of the conversion: no layer
 * is written as ONNX here, so that the two can check each other.
 */

import { tensorFromBytes } from '../../../tensor/tensor.ts';
import { toFloat32 } from '../../../tensor/to-float32.ts';
import type { EngineModel, ModelSource } from '../../importer.ts';
import { openContainer } from '../container/open.ts';
import { weightBytes } from '../limits.ts';
import { exceeded, invalidWeight, unsupported } from '../problems.ts';
import type { LayerDef } from '../topology/layer-def.ts';
import { isModel } from '../topology/layer-def.ts';
import { readLayer } from '../topology/read-layer.ts';
import { legacyOrder } from '../weights/legacy-h5.ts';
import type { WeightStore } from '../weights/store.ts';
import { keras2Config } from './keras2-config.ts';

const SHARD = 'weights.bin';

/** What the loader needs beside the format of TensorFlow.js: where each list of weights goes. */
export interface LayersMetadata {
  readonly inputs: readonly string[];
  /** Names of the models around a layer, its own last, and how many of the weights are its. */
  readonly layers: readonly { readonly path: readonly string[]; readonly count: number }[];
}

/** @throws BitpressError model_unsupported naming the layer that the engine lacks */
export async function readLayersModel(source: ModelSource): Promise<EngineModel> {
  const container = await openContainer(source);
  try {
    const { config, version } = container;
    const root = readLayer(config, { version, prefix: '', depth: 0, count: { layers: 0 } });
    if (!isModel(root.content)) throw unsupported(root.path, 'the file holds a layer, not a model.');
    const topology = keras2Config(root.name, root.content, version);
    const found = collect(root, container.weights(root), weightBytes(container.bytes));
    const metadata: LayersMetadata = {
      inputs: root.content.inputs.map(({ name }) => name),
      layers: found.layers,
    };
    const manifest = [{ paths: [SHARD], weights: found.specs }];
    const json = {
      format: 'layers-model',
      modelTopology: topology,
      weightsManifest: manifest,
      userDefinedMetadata: metadata,
    };
    return {
      json: JSON.stringify(json),
      weightsName: SHARD,
      weights: found.bytes,
      parameters: found.bytes.reduce(
        (sum, { byteLength }) => sum + byteLength / Float32Array.BYTES_PER_ELEMENT,
        0,
      ),
      layers: histogram(root),
    };
  } finally {
    container.close();
  }
}

interface Collected {
  readonly layers: { path: readonly string[]; count: number }[];
  readonly specs: { name: string; shape: readonly number[]; dtype: string }[];
  readonly bytes: Uint8Array[];
}

/** The weights of every layer of every model, each in Keras's own order. */
function collect(root: LayerDef, store: WeightStore, budget: number): Collected {
  const found: Collected = { layers: [], specs: [], bytes: [] };
  let left = budget;
  const walk = (model: LayerDef, path: readonly string[]) => {
    for (const { layer } of model.children) {
      const own = [...path, layer.name];
      if (isModel(layer.content)) {
        walk(layer, own);
        continue;
      }
      const variables = legacyOrder(layer);
      if (variables.length > 0) found.layers.push({ path: own, count: variables.length });
      for (const { layer: owner, variable } of variables) {
        const stored = store.find(owner, variable);
        if (!stored?.dtype) throw invalidWeight(owner.path, variable.id, 'missing weight.');
        left -= stored.dims.reduce((a, dim) => a * dim, Math.max(stored.elementBytes, 4));
        if (left < 0)
          throw exceeded('weightRatio', `The weight "${owner.path}/${variable.id}" is too large.`);
        const values = toFloat32(tensorFromBytes(stored.dtype, stored.dims, stored.read()));
        found.specs.push({
          name: `${own.join('/')}:${found.specs.length}`,
          shape: stored.dims,
          dtype: 'float32',
        });
        found.bytes.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      }
    }
  };
  walk(root, []);
  return found;
}

function histogram(root: LayerDef): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  const walk = ({ className, content, children }: LayerDef) => {
    if (!isModel(content)) counts.set(className, (counts.get(className) ?? 0) + 1);
    else for (const { layer } of children) walk(layer);
  };
  walk(root);
  return Object.fromEntries(counts);
}
