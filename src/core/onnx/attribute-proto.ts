/**
 * AttributeProto to Attribute and back.
 *
 * Invariant: an attribute whose value is the one that was read is written with its records as they were; graphs and
 * tensors are written from the IR, the records beside them kept.
 */
import { BitpressError } from '../../errors.ts';
import type { Attribute } from '../ir/attribute.ts';
import type { Graph } from '../ir/graph.ts';
import { scanCarried } from './carried.ts';
import { KeptAttribute, keptOf } from './kept.ts';
import { Message, utf8 } from './message.ts';
import type { ReadContext } from './read-context.ts';
import { Rope } from './rope.ts';
import { ATTRIBUTE, ATTRIBUTE_TYPE } from './schema.ts';
import { readTensor, writeTensor } from './tensor-proto.ts';

type Kind = keyof typeof ATTRIBUTE_TYPE;

const VALUE_FIELD: Record<Kind, number> = {
  float: ATTRIBUTE.f,
  int: ATTRIBUTE.i,
  string: ATTRIBUTE.s,
  tensor: ATTRIBUTE.t,
  graph: ATTRIBUTE.g,
  floats: ATTRIBUTE.floats,
  ints: ATTRIBUTE.ints,
  strings: ATTRIBUTE.strings,
  graphs: ATTRIBUTE.graphs,
};
const KINDS = Object.keys(ATTRIBUTE_TYPE) as Kind[];

/** @param readGraph reads a nested graph in the node's scope */
export function readAttribute(
  bytes: Uint8Array,
  node: string,
  context: ReadContext,
  readGraph: (bytes: Uint8Array) => Graph,
): { readonly name: string; readonly attribute: Attribute } {
  const message = new Message(bytes, `attribute of node "${node}"`, context.budget);
  const name = message.string(ATTRIBUTE.name);
  if (name === '')
    throw new BitpressError('model_invalid', `node "${node}" has an attribute without a name`, { node });
  const value = readValue(message, kindOf(message), `${node}.${name}`, context, readGraph);
  if (value) {
    // Those are written from the IR, and their records, which hold whole graphs, need not live on.
    const fromIr = value.kind === 'graph' || value.kind === 'graphs' || value.kind === 'tensor';
    const own = fromIr ? VALUE_FIELD[value.kind as Kind] : undefined;
    const fields = message.fields.filter(field => field.number !== own);
    return { name, attribute: { ...value, wire: new KeptAttribute(fields, value.value) } };
  }
  scanCarried(bytes, 'attribute', context);
  return {
    name,
    attribute: { kind: 'opaque', value: bytes, wire: new KeptAttribute(message.fields, bytes) },
  };
}

/** The declared kind; files of IR version 1 have none and hold one field. */
function kindOf(message: Message): Kind | undefined {
  if (message.string(ATTRIBUTE.refAttrName) !== '') return undefined;
  const type = Number(message.int(ATTRIBUTE.type) ?? 0n);
  if (type !== 0) return KINDS.find(kind => ATTRIBUTE_TYPE[kind] === type);
  return KINDS.find(kind => message.has(VALUE_FIELD[kind]));
}

function readValue(
  message: Message,
  kind: Kind | undefined,
  label: string,
  context: ReadContext,
  readGraph: (bytes: Uint8Array) => Graph,
): Attribute | undefined {
  switch (kind) {
    case undefined:
      return undefined;
    case 'float':
      return { kind, value: floats(message.fixed(ATTRIBUTE.f, 4)).at(-1) ?? 0 };
    case 'int':
      return { kind, value: message.int(ATTRIBUTE.i) ?? 0n };
    case 'string': {
      const field = message.last(ATTRIBUTE.s);
      const value = field ? utf8(message.payload(field)) : '';
      return value === undefined ? undefined : { kind, value };
    }
    case 'floats':
      return { kind, value: floats(message.fixed(ATTRIBUTE.floats, 4)) };
    case 'ints':
      return { kind, value: message.ints(ATTRIBUTE.ints) };
    case 'strings': {
      const value = message.all(ATTRIBUTE.strings).map(field => utf8(message.payload(field)));
      return value.every(item => item !== undefined) ? { kind, value } : undefined;
    }
    case 'tensor': {
      const bytes = required(message, kind, label);
      return { kind, value: readTensor(bytes, label, context.budget, context.files).tensor };
    }
    case 'graph':
      return { kind, value: readGraph(required(message, kind, label)) };
    case 'graphs':
      return { kind, value: message.all(ATTRIBUTE.graphs).map(field => readGraph(message.payload(field))) };
  }
}

function required(message: Message, kind: Kind, label: string): Uint8Array {
  const bytes = message.single(VALUE_FIELD[kind]);
  if (!bytes)
    throw new BitpressError('model_invalid', `attribute ${label} holds no ${kind}`, { field: label });
  return bytes;
}

function floats(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength / 4 }, (_, index) => view.getFloat32(4 * index, true));
}

export function writeAttribute(name: string, attribute: Attribute, writeGraph: (graph: Graph) => Rope): Rope {
  const out = new Rope();
  const kept = keptOf(attribute.wire);
  out.string(ATTRIBUTE.name, name);
  const untouched = kept instanceof KeptAttribute && Object.is(kept.value, attribute.value);
  const valueField = attribute.kind === 'opaque' ? undefined : VALUE_FIELD[attribute.kind];
  for (const field of kept?.fields ?? []) {
    if (field.number !== ATTRIBUTE.name && (untouched || field.number !== valueField)) out.raw(field.record);
  }
  if (attribute.kind === 'opaque') {
    if (!kept && attribute.value instanceof Uint8Array) out.raw(attribute.value);
    return out;
  }
  writeValue(out, attribute, untouched, writeGraph);
  if (!kept) out.int(ATTRIBUTE.type, ATTRIBUTE_TYPE[attribute.kind]);
  return out;
}

function writeValue(
  out: Rope,
  attribute: Attribute,
  untouched: boolean,
  writeGraph: (graph: Graph) => Rope,
): void {
  if (attribute.kind === 'tensor') out.message(ATTRIBUTE.t, writeTensor(attribute.value, undefined));
  else if (attribute.kind === 'graph') out.message(ATTRIBUTE.g, writeGraph(attribute.value));
  else if (attribute.kind === 'graphs')
    for (const graph of attribute.value) out.message(ATTRIBUTE.graphs, writeGraph(graph));
  else if (!untouched) writePlain(out, attribute);
}

function writePlain(out: Rope, attribute: Attribute): void {
  switch (attribute.kind) {
    case 'float':
      out.float(ATTRIBUTE.f, attribute.value);
      break;
    case 'int':
      out.int(ATTRIBUTE.i, attribute.value);
      break;
    case 'string':
      out.string(ATTRIBUTE.s, attribute.value);
      break;
    case 'floats':
      for (const value of attribute.value) out.float(ATTRIBUTE.floats, value);
      break;
    case 'ints':
      for (const value of attribute.value) out.int(ATTRIBUTE.ints, value);
      break;
    case 'strings':
      for (const value of attribute.value) out.string(ATTRIBUTE.strings, value);
      break;
  }
}
