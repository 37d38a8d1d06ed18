/**
 * TensorProto to Tensor and back.
 *
 * Invariant: a tensor that was read has exactly the payload its type and shape need, whichever of the fields held it;
 * one that is written untouched keeps its encoding (`raw_data` or a typed field). Payloads of `raw_data`, `float_data`
 * and `double_data` are views on the file.
 * Source: onnx.proto, TensorProto: "which field is used for which data_type".
 */
import { BitpressError } from '../../errors.ts';
import { DTYPES, type DType, dtypeFromOnnx, onnxDtype, storageBytes } from '../tensor/dtype.ts';
import type { PayloadReader, Tensor } from '../tensor/tensor.ts';
import { type ByteSources, locateExternal, type Region } from './external-data.ts';
import { limitExceeded } from './limits.ts';
import { type Budget, type Field, Message } from './message.ts';
import { Rope } from './rope.ts';
import { ENTRY, LOCATION_EXTERNAL, TENSOR } from './schema.ts';

/** A tensor of the file, with the records it was read from. */
export class FileTensor implements Tensor {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly byteLength: number;
  readonly fields: readonly Field[];
  readonly #payload: Uint8Array | Region;
  declare readonly open?: () => PayloadReader;
  declare readonly strings?: readonly Uint8Array[];

  constructor(dtype: DType, dims: readonly number[], fields: readonly Field[], payload: Uint8Array | Region) {
    this.dtype = dtype;
    this.dims = dims;
    this.byteLength = payload instanceof Uint8Array ? payload.byteLength : storageBytes(dtype, count(dims));
    this.fields = fields;
    this.#payload = payload;
    const source = payload instanceof Uint8Array ? undefined : payload.source;
    if (source?.open) this.open = () => openFrom(source.open!(), (payload as Region).offset);
    if (dtype === 'string') {
      const strings = fields.filter(field => field.number === TENSOR.stringData);
      this.strings = strings.map(field => field.bytes ?? new Uint8Array());
    }
  }

  /** Where the payload lies in a file beside the model; undefined where it is in the model's own file. */
  get region(): Region | undefined {
    return this.#payload instanceof Uint8Array ? undefined : this.#payload;
  }

  bytes(): Uint8Array {
    if (this.#payload instanceof Uint8Array) return this.#payload;
    return this.#payload.source.read(this.#payload.offset, this.byteLength);
  }
}

/** Where the payload lies in a file beside the model; undefined for a tensor of the model's own file or of memory. */
export function regionOf(tensor: Tensor | undefined): Region | undefined {
  return tensor instanceof FileTensor ? tensor.region : undefined;
}

/** The same reader, with offsets that count from `start`. */
function openFrom(reader: PayloadReader, start: number): PayloadReader {
  return {
    read: (offset, target) => reader.read(start + offset, target),
    close: () => reader.close(),
  };
}

const PAYLOAD_FIELDS: readonly number[] = [
  TENSOR.floatData,
  TENSOR.int32Data,
  TENSOR.stringData,
  TENSOR.int64Data,
  TENSOR.rawData,
  TENSOR.doubleData,
  TENSOR.uint64Data,
];
export const EXTERNAL_FIELDS: readonly number[] = [TENSOR.externalData, TENSOR.dataLocation];

/** @param owner where the tensor stands, for errors of a tensor without a name */
export function readTensor(
  bytes: Uint8Array,
  owner: string,
  budget: Budget,
  files: ByteSources | undefined,
): { readonly name: string; readonly tensor: FileTensor } {
  const message = new Message(bytes, `tensor of ${owner}`, budget);
  const name = message.string(TENSOR.name);
  const label = name === '' ? owner : name;
  const number = Number(message.int(TENSOR.dataType) ?? 0n);
  const dtype = dtypeFromOnnx(number);
  if (!dtype)
    throw new BitpressError('model_unsupported', `tensor ${quote(label)} has data_type ${number}`, {
      field: label,
    });
  if (message.has(TENSOR.segment))
    throw new BitpressError('model_unsupported', `tensor ${quote(label)} is stored in segments`, {
      field: label,
    });
  const dims = readDims(message, label, budget, dtype);
  return {
    name,
    tensor: new FileTensor(dtype, dims, message.fields, payloadOf(message, dtype, dims, label, files)),
  };
}

function readDims(message: Message, label: string, budget: Budget, dtype: DType): readonly number[] {
  const { limits } = budget;
  const dims = message.ints(TENSOR.dims).map(Number);
  if (dims.length > limits.maxRank)
    throw limitExceeded(limits, 'maxRank', `tensor ${quote(label)}: the rank ${dims.length}`, {
      field: label,
    });
  let elements = 1;
  for (const dim of dims) {
    if (!(dim >= 0)) throw invalid(label, `has the dimension ${dim}`);
    elements *= Math.max(dim, 1);
    // Strings have no width; each element takes at least the two bytes of its record.
    if (storageBytes(dtype, elements) > limits.maxTensorBytes || elements > limits.maxTensorBytes)
      throw limitExceeded(limits, 'maxTensorBytes', `tensor ${quote(label)} of shape [${dims.join(',')}]`, {
        field: label,
      });
  }
  return dims;
}

function payloadOf(
  message: Message,
  dtype: DType,
  dims: readonly number[],
  label: string,
  files: ByteSources | undefined,
): Uint8Array | Region {
  const elements = count(dims);
  const byteLength = storageBytes(dtype, elements);
  const present = PAYLOAD_FIELDS.filter(field => message.has(field));
  if (message.int(TENSOR.dataLocation) === BigInt(LOCATION_EXTERNAL) || message.has(TENSOR.externalData)) {
    if (dtype === 'string' || present.length > 0)
      throw invalid(label, 'has external data and data of its own');
    return locateExternal(readEntries(message, TENSOR.externalData), byteLength, label, files);
  }
  if (present.length > 1) throw invalid(label, 'has data in two fields');
  const field = present[0];
  if (field === undefined) {
    if (elements > 0)
      throw invalid(label, `has no data, its shape [${dims.join(',')}] needs ${elements} elements`);
    return new Uint8Array();
  }
  const raw = field === TENSOR.rawData && dtype !== 'string';
  if (!raw && field !== typedField(dtype))
    throw invalid(label, `of type ${dtype} has its data in field ${field}`);
  if (dtype === 'string') {
    const strings = message.all(field);
    for (const item of strings) message.payload(item);
    if (strings.length !== elements) throw invalid(label, `needs ${elements} strings, has ${strings.length}`);
    return new Uint8Array();
  }
  const payload = raw ? rawPayload(message) : typedPayload(message, dtype, field, byteLength);
  if (payload.byteLength !== byteLength)
    throw invalid(
      label,
      `of type ${dtype} and shape [${dims.join(',')}] needs ${byteLength} bytes, has ${payload.byteLength}`,
    );
  return payload;
}

function rawPayload(message: Message): Uint8Array {
  const field = message.last(TENSOR.rawData);
  return field ? message.payload(field) : new Uint8Array();
}

function typedField(dtype: DType): number {
  switch (dtype) {
    case 'float32':
    case 'complex64':
      return TENSOR.floatData;
    case 'float64':
    case 'complex128':
      return TENSOR.doubleData;
    case 'int64':
      return TENSOR.int64Data;
    case 'uint32':
    case 'uint64':
      return TENSOR.uint64Data;
    case 'string':
      return TENSOR.stringData;
    default:
      return TENSOR.int32Data;
  }
}

/** Decoded only where the count is right, so that a wrong file costs nothing. */
function typedPayload(message: Message, dtype: DType, field: number, expected: number): Uint8Array {
  if (field === TENSOR.floatData) return message.fixed(field, 4);
  if (field === TENSOR.doubleData) return message.fixed(field, 8);
  // "uint4 and int4 values must be packed to 4bitx2": an element of int32_data then holds one byte.
  const width = Math.max(DTYPES[dtype].bits, 8) / 8;
  const bytes = new Uint8Array(message.countInts(field) * width);
  if (bytes.byteLength !== expected) return bytes;
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const value of message.eachInt(field)) {
    if (width === 8) view.setBigUint64(at, BigInt.asUintN(64, value), true);
    else if (width === 4) view.setUint32(at, Number(BigInt.asUintN(32, value)), true);
    else if (width === 2) view.setUint16(at, Number(BigInt.asUintN(16, value)), true);
    else bytes[at] = Number(BigInt.asUintN(8, value));
    at += width;
  }
  return bytes;
}

export function readEntries(message: Message, number: number): Map<string, string> {
  const entries = new Map<string, string>();
  for (const field of message.all(number)) {
    const entry = new Message(message.payload(field), `${message.name} entry`, message.budget);
    entries.set(entry.string(ENTRY.key), entry.string(ENTRY.value));
  }
  return entries;
}

/** Says where a payload lies, or will lie, beside the model; undefined where it stays in the model. */
export type Externalize = (
  tensor: Tensor,
) => { location: string; offset: number; length: number } | undefined;

/** @param name replaces the tensor's own name; undefined keeps it (tensors in attributes) */
export function writeTensor(tensor: Tensor, name: string | undefined, externalize?: Externalize): Rope {
  const out = new Rope();
  const fields = tensor instanceof FileTensor ? tensor.fields : undefined;
  const moved = tensor.dtype === 'string' ? undefined : externalize?.(tensor);
  const encodeAnew = moved !== undefined || !(tensor instanceof FileTensor) || tensor.region !== undefined;
  let named = name === undefined || name === '';
  for (const field of fields ?? []) {
    if (field.number === TENSOR.name && name !== undefined) {
      if (!named) out.string(TENSOR.name, name);
      named = true;
    } else if (!encodeAnew || !isPayload(field.number)) out.raw(field.record);
  }
  if (!fields) {
    for (const dim of tensor.dims) out.int(TENSOR.dims, dim);
    out.int(TENSOR.dataType, onnxDtype(tensor.dtype));
  }
  if (!named) out.string(TENSOR.name, name ?? '');
  if (moved) writeLocation(out, moved);
  else if (encodeAnew && tensor.strings)
    for (const item of tensor.strings) out.bytes(TENSOR.stringData, item);
  else if (encodeAnew) out.payload(TENSOR.rawData, tensor);
  return out;
}

/** Says that a tensor's payload lies in a file beside the model. */
export function writeLocation(out: Rope, region: { location: string; offset: number; length: number }): void {
  for (const [key, value] of Object.entries(region)) {
    const entry = new Rope();
    entry.string(ENTRY.key, key);
    entry.string(ENTRY.value, String(value));
    out.message(TENSOR.externalData, entry);
  }
  out.int(TENSOR.dataLocation, LOCATION_EXTERNAL);
}

const isPayload = (number: number): boolean =>
  PAYLOAD_FIELDS.includes(number) || EXTERNAL_FIELDS.includes(number);

const count = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

const quote = (name: string): string => JSON.stringify(name);

function invalid(label: string, what: string): BitpressError {
  return new BitpressError('model_invalid', `tensor ${quote(label)} ${what}`, { field: label });
}
