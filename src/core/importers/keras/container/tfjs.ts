/**
 * A TensorFlow.js layers model: model.json with the topology and a manifest of weights, whose bytes lie in shards.
 *
 * Invariant: a shard is looked up by its plain name among the files that were sent along, never opened by path; a weight
 * outside of its group's bytes is refused. Source: tfjs-core/src/io/types.ts, ModelJSON.
 */

import { BitpressError } from '../../../../errors.ts';
import type { ByteSource } from '../../../onnx/external-data.ts';
import type { ArrayDType } from '../../../tensor/tensor.ts';
import { elementCount, viewBytes } from '../../../tensor/tensor.ts';
import { arrayToFloat32 } from '../../../tensor/to-float32.ts';
import type { Json, JsonObject } from '../config/json.ts';
import { asText, isList, isObject, own } from '../config/json.ts';
import { LIMITS } from '../limits.ts';
import { exceeded, unreadable, unsupported } from '../problems.ts';
import type { StoredWeight } from '../weights/store.ts';

const BAD = 'model.json is not a TensorFlow.js layers model';
const CONVERT =
  'Convert the Keras model with tensorflowjs_converter --output_format=tfjs_layers_model, or send the Keras file itself.';

export interface TfjsModel {
  readonly config: JsonObject;
  readonly version: string | undefined;
  readonly weights: ReadonlyMap<string, StoredWeight>;
}

export function readTfjs(json: Json, companions: ReadonlyMap<string, ByteSource>): TfjsModel {
  if (!isObject(json)) throw unreadable(`${BAD}.`, CONVERT);
  if (own(json, 'format') === 'graph-model')
    throw unsupported(
      'model.json',
      'it is a TensorFlow.js graph model, which has no layers any more.',
      CONVERT,
    );
  const topology = own(json, 'modelTopology');
  if (!isObject(topology)) throw unreadable(`${BAD}: it has no modelTopology.`, CONVERT);
  const config = own(topology, 'model_config') ?? topology;
  if (!isObject(config) || asText(own(config, 'class_name')) === undefined)
    throw unreadable(`${BAD}: its modelTopology describes no Keras model.`, CONVERT);
  const groups = own(json, 'weightsManifest') ?? [];
  if (!isList(groups)) throw unreadable(`${BAD}: its weightsManifest is not a list.`, CONVERT);
  return {
    config,
    version: asText(own(topology, 'keras_version')),
    weights: new Map(groups.flatMap(group => [...groupWeights(group, companions)])),
  };
}

function* groupWeights(
  json: Json,
  companions: ReadonlyMap<string, ByteSource>,
): Generator<[string, StoredWeight]> {
  const paths = isObject(json) ? own(json, 'paths') : undefined;
  const entries = isObject(json) ? own(json, 'weights') : undefined;
  if (!isList(paths) || !isList(entries))
    throw unreadable(`${BAD}: a weight group has no paths or weights.`, CONVERT);
  if (entries.length > LIMITS.names)
    throw exceeded('names', `A weight group holds ${entries.length} weights.`);
  const shards = paths.map(path => shard(path, companions));
  const total = shards.reduce((sum, { byteLength }) => sum + byteLength, 0);
  let offset = 0;
  for (const entry of entries) {
    const { name, dims, stored, weight } = readEntry(entry);
    const length = elementCount(dims) * stored;
    const start = offset;
    offset += length;
    if (offset > total)
      throw unreadable(`The shards end inside the weight "${name}": they hold ${total} bytes.`);
    yield [name, { path: name, dims, ...weight(() => readRange(shards, start, length)) }];
  }
}

function shard(path: Json, companions: ReadonlyMap<string, ByteSource>): ByteSource {
  const found = typeof path === 'string' && !/[/\\]/.test(path) ? companions.get(path) : undefined;
  if (found) return found;
  throw new BitpressError(
    'external_data_refused',
    `The weight shard "${String(path)}" was not sent with the model.`,
    {
      hint: 'Upload model.json together with the .bin files that its weightsManifest names.',
    },
  );
}

function readRange(shards: readonly ByteSource[], start: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let begin = 0;
  for (const part of shards) {
    const from = Math.max(start, begin);
    const to = Math.min(start + length, begin + part.byteLength);
    if (from < to) bytes.set(part.read(from - begin, to - from), from - start);
    begin += part.byteLength;
  }
  return bytes;
}

const NUMERIC: Readonly<Record<string, { readonly dtype: ArrayDType; readonly bytes: number }>> = {
  float32: { dtype: 'float32', bytes: 4 },
  float16: { dtype: 'float16', bytes: 2 },
  int32: { dtype: 'int32', bytes: 4 },
  uint8: { dtype: 'uint8', bytes: 1 },
  uint16: { dtype: 'uint16', bytes: 2 },
  bool: { dtype: 'uint8', bytes: 1 },
};

function readEntry(json: Json) {
  const fields = isObject(json) ? json : {};
  const name = asText(own(fields, 'name'));
  const shape = own(fields, 'shape');
  const type = asText(own(fields, 'dtype')) ?? '';
  if (name === undefined || !isList(shape))
    throw unreadable(`${BAD}: a weight has no name or shape.`, CONVERT);
  const dims = shape.map(dim => {
    if (typeof dim === 'number' && Number.isInteger(dim) && dim >= 0 && dim <= LIMITS.dimension) return dim;
    throw unreadable(`The weight "${name}" has a shape that is not made of lengths.`);
  });
  const quantization = own(fields, 'quantization');
  const packed = isObject(quantization) ? quantization : undefined;
  const stored = NUMERIC[packed ? (asText(own(packed, 'dtype')) ?? '') : type];
  if (!stored) throw unreadable(`The weight "${name}" has the type ${type}, which is not numeric.`);
  const weight = (read: () => Uint8Array): Pick<StoredWeight, 'dtype' | 'elementBytes' | 'read'> =>
    packed
      ? { dtype: 'float32', elementBytes: 4, read: () => dequantized(read(), stored.dtype, packed) }
      : { dtype: stored.dtype, elementBytes: stored.bytes, read };
  return { name, dims, stored: stored.bytes, weight };
}

/** The converter's own compression: float16, or q * scale + min. */
function dequantized(bytes: Uint8Array, dtype: ArrayDType, packed: JsonObject): Uint8Array {
  const scale = own(packed, 'scale') ?? 1;
  const min = own(packed, 'min') ?? 0;
  const codes = arrayToFloat32(dtype, viewBytes(dtype, bytes));
  if (typeof scale !== 'number' || typeof min !== 'number')
    throw unreadable('A quantized weight has no scale.');
  const values = dtype === 'float16' ? codes : Float32Array.from(codes, code => code * scale + min);
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
