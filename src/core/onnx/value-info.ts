/** ValueInfoProto and TypeProto: the type of a value, read as far as the IR knows it and otherwise carried. */
import type { Dim, NoTensor, Value, ValueType } from '../ir/value.ts';
import { dtypeFromOnnx, onnxDtype } from '../tensor/dtype.ts';
import { Kept, KeptValue, type Role } from './kept.ts';
import { type Budget, Message } from './message.ts';
import { Rope } from './rope.ts';
import { DIMENSION, OPTIONAL_TYPE, SHAPE, TENSOR_TYPE, TYPE, VALUE_INFO } from './schema.ts';

export function readValueInfo(bytes: Uint8Array, budget: Budget): { name: string; info: Message } {
  const info = new Message(bytes, 'value info', budget);
  return { name: info.string(VALUE_INFO.name), info };
}

/** Gives the value the type of this list's entry, unless an earlier list has already. */
export function applyValueInfo(value: Value, role: Role, info: Message): void {
  const kept = value.wire instanceof KeptValue ? value.wire : new KeptValue();
  value.wire = kept;
  if (!kept.infos.has(role)) kept.infos.set(role, new Kept(info.fields));
  const type = info.single(VALUE_INFO.type);
  if (type && !value.type) {
    value.type = readType(type, `type of "${value.name}"`, info.budget);
    kept.readType = value.type;
  }
}

function readType(bytes: Uint8Array, name: string, budget: Budget): ValueType {
  const type = new Message(bytes, name, budget);
  const tensor = type.single(TYPE.tensorType);
  if (!tensor) {
    const holds = noTensor(type);
    return { kind: 'opaque', proto: bytes, ...(holds && { holds }) };
  }
  const message = new Message(tensor, name, budget);
  const dtype = dtypeFromOnnx(Number(message.int(TENSOR_TYPE.elemType) ?? 0n));
  if (!dtype) return { kind: 'opaque', proto: bytes };
  const shape = message.single(TENSOR_TYPE.shape);
  return { kind: 'tensor', dtype, dims: shape && readShape(new Message(shape, name, budget)) };
}

function noTensor(type: Message): NoTensor | undefined {
  if (type.single(TYPE.sequenceType)) return 'sequence';
  if (type.single(TYPE.mapType)) return 'map';
  if (type.single(TYPE.sparseTensorType)) return 'sparse tensor';
  const { name, budget } = type;
  const optional = type.single(TYPE.optionalType);
  const inside = optional && new Message(optional, name, budget).single(OPTIONAL_TYPE.elemType);
  // One level: optionals do not nest.
  return inside && noTensor(new Message(inside, name, budget));
}

function readShape(shape: Message): readonly Dim[] {
  return shape.all(SHAPE.dim).map(field => {
    const dim = new Message(shape.payload(field), shape.name, shape.budget);
    const value = dim.int(DIMENSION.dimValue);
    // Exporters write -1 for "unknown".
    if (value !== undefined)
      return value >= 0n && value <= Number.MAX_SAFE_INTEGER ? Number(value) : undefined;
    const symbol = dim.string(DIMENSION.dimParam);
    return symbol === '' ? undefined : symbol;
  });
}

/** The value's entry for one of the graph's lists. */
export function writeValueInfo(value: Value, role: Role): Rope {
  const out = new Rope();
  const kept = value.wire instanceof KeptValue ? value.wire : undefined;
  const info = kept?.infos.get(role);
  const sameType = kept !== undefined && kept.readType === value.type;
  out.string(VALUE_INFO.name, value.name);
  if (!(sameType && info) && value.type) out.message(VALUE_INFO.type, writeType(value.type));
  for (const field of info?.fields ?? []) {
    if (field.number !== VALUE_INFO.name && (sameType || field.number !== VALUE_INFO.type))
      out.raw(field.record);
  }
  return out;
}

function writeType(type: ValueType): Rope {
  const out = new Rope();
  if (type.kind === 'opaque') {
    if (type.proto instanceof Uint8Array) out.raw(type.proto);
    return out;
  }
  const tensor = new Rope();
  tensor.int(TENSOR_TYPE.elemType, onnxDtype(type.dtype));
  if (type.dims) {
    const shape = new Rope();
    for (const dim of type.dims) {
      const item = new Rope();
      if (typeof dim === 'number') item.int(DIMENSION.dimValue, dim);
      else if (dim !== undefined) item.string(DIMENSION.dimParam, dim);
      shape.message(SHAPE.dim, item);
    }
    tensor.message(TENSOR_TYPE.shape, shape);
  }
  out.message(TYPE.tensorType, tensor);
  return out;
}
