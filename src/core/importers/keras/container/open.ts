/**
 * Finds out what was uploaded and takes it apart: the model's config, the version of Keras and the weights.
 *
 * Invariant: the content decides, not the file's name; a weights-only file, a TensorFlow SavedModel and a pickle are
 * told apart by name in the error.
 */
import type { ModelSource } from '../../importer.ts';
import type { Json, JsonObject } from '../config/json.ts';
import { asText, isObject, own, parseJson } from '../config/json.ts';
import type { KerasVersion } from '../config/version.ts';
import { kerasVersion } from '../config/version.ts';
import { LIMITS, weightBytes } from '../limits.ts';
import { exceeded, unreadable } from '../problems.ts';
import type { LayerDef } from '../topology/layer-def.ts';
import { keras3Weights } from '../weights/keras3.ts';
import { legacyWeights } from '../weights/legacy-h5.ts';
import type { WeightStore } from '../weights/store.ts';
import { tfjsWeights } from '../weights/tfjs.ts';
import { openHdf5 } from './hdf5.ts';
import { readTfjs } from './tfjs.ts';
import { openZip } from './zip.ts';

export interface KerasContainer {
  /** "Keras .h5", "Keras .keras", "TensorFlow.js layers". */
  readonly format: string;
  /** Bytes of the upload. */
  readonly bytes: number;
  readonly config: JsonObject;
  readonly version: KerasVersion;
  weights(root: LayerDef): WeightStore;
  close(): void;
}

const SAVE_AGAIN = 'Save the whole model with model.save("model.keras") and send that file.';

export function isZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b;
}

export async function openContainer(source: ModelSource): Promise<KerasContainer> {
  const bytes = source.bytes();
  if (isZip(bytes)) return openKerasZip(bytes);
  return isJson(bytes) ? openTfjs(bytes, source) : openLegacy(bytes);
}

export function isJson(head: Uint8Array): boolean {
  const first = head.find(byte => byte > 0x20);
  return first === 0x7b;
}

function openTfjs(bytes: Uint8Array, source: ModelSource): KerasContainer {
  if (bytes.length > LIMITS.configBytes)
    throw exceeded('configBytes', `model.json has ${bytes.length} bytes.`);
  const text = decode(bytes);
  const { config, version, weights } = readTfjs(parseJson(text, 'model.json'), source.companions);
  const shards = [...source.companions.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  return {
    format: 'TensorFlow.js layers',
    bytes: bytes.length + shards,
    config,
    version: kerasVersion(version, text),
    weights: root => tfjsWeights(weights, root),
    close: () => undefined,
  };
}

async function openKerasZip(bytes: Uint8Array): Promise<KerasContainer> {
  const archive = openZip(bytes);
  const text = { bytes: LIMITS.configBytes, limit: 'configBytes' } as const;
  if (!archive.has('config.json')) {
    const saved = archive.names.some(name => name.endsWith('saved_model.pb'));
    throw unreadable(
      saved
        ? 'The archive is a TensorFlow SavedModel, not a .keras file.'
        : 'The zip archive has no config.json: it is not a .keras file.',
      SAVE_AGAIN,
    );
  }
  const configText = decode(archive.read('config.json', text));
  const config = asModel(parseJson(configText, 'config.json'), 'config.json');
  const metadata = archive.has('metadata.json')
    ? parseJson(decode(archive.read('metadata.json', text)), 'metadata.json')
    : null;
  const name = 'model.weights.h5';
  if (!archive.has(name))
    throw unreadable(
      archive.names.some(entry => entry.startsWith('model.weights'))
        ? 'The archive keeps its weights in another way than model.weights.h5 (npz or shards), which is not supported.'
        : 'The archive has no model.weights.h5: the weights are missing.',
      SAVE_AGAIN,
    );
  const packed = archive.read(name, { bytes: weightBytes(bytes.length), limit: 'weightRatio' });
  const file = await openHdf5(packed).catch((cause: unknown) => {
    throw unreadable(
      'Bad weights file: model.weights.h5 in the archive is not readable HDF5.',
      SAVE_AGAIN,
      cause,
    );
  });
  return {
    format: 'Keras .keras',
    bytes: bytes.length,
    config,
    version: kerasVersion(
      isObject(metadata) ? asText(own(metadata, 'keras_version')) : undefined,
      configText,
    ),
    weights: root => keras3Weights(file, root),
    close: () => file.close(),
  };
}

async function openLegacy(bytes: Uint8Array): Promise<KerasContainer> {
  const file = await openHdf5(bytes);
  try {
    const text = file.text('/', 'model_config');
    if (text === undefined) {
      const held = file.keys('/') ?? [];
      throw unreadable(
        held.length === 0
          ? 'The HDF5 file is empty.'
          : 'The HDF5 file holds no architecture (no model_config attribute): it is a weights-only file.',
        SAVE_AGAIN,
      );
    }
    return {
      format: 'Keras .h5',
      bytes: bytes.length,
      config: asModel(parseJson(text, 'model_config'), 'model_config'),
      version: kerasVersion(
        file.text('/', 'keras_version') ?? file.text('/model_weights', 'keras_version'),
        text,
      ),
      weights: root => legacyWeights(file, root),
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

function asModel(json: Json, what: string): JsonObject {
  if (isObject(json) && asText(own(json, 'class_name')) !== undefined) return json;
  throw unreadable(`Bad ${what}: it does not describe a Keras model.`, SAVE_AGAIN);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadable('A text of the archive is not UTF-8.', undefined, cause);
  }
}
