/**
 * An ONNX file as a tree of protobuf messages that may be edited into anything, right or wrong.
 *
 * Invariant: a tree that was not edited is written as the bytes it was read from. It shares no code with the reader under
 * test: the numbers below are read from onnx.proto a second time.
 */
export type Kind = keyof typeof MESSAGES;

/** A record: a varint, fixed or raw bytes, or a message. */
export interface Field {
  number: number;
  wire: 0 | 1 | 2 | 5;
  value: bigint | Uint8Array | Tree;
}

export interface Tree {
  readonly kind: Kind;
  fields: Field[];
}

/** For each message the fields that hold messages. */
const MESSAGES = {
  model: { 7: 'graph', 8: 'opset', 14: 'entry', 20: 'training', 25: 'function' },
  opset: {},
  entry: {},
  graph: { 1: 'node', 5: 'tensor', 11: 'valueInfo', 12: 'valueInfo', 13: 'valueInfo', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 14: 'type', 22: 'sparse', 23: 'sparse' },
  tensor: { 13: 'entry' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  valueInfo: { 2: 'type' },
  type: { 1: 'tensorType', 4: 'element', 8: 'tensorType', 9: 'element' },
  tensorType: { 2: 'shape' },
  element: { 1: 'type' },
  shape: { 1: 'dimension' },
  dimension: {},
  function: { 7: 'node', 9: 'opset', 11: 'attribute' },
  training: { 1: 'graph', 2: 'graph' },
} as const satisfies Record<string, Record<number, string>>;

export function readTree(bytes: Uint8Array, kind: Kind = 'model'): Tree {
  const tree = parse(bytes, kind);
  if (!tree) throw new Error(`the corpus file is no ${kind} message`);
  return tree;
}

function parse(bytes: Uint8Array, kind: Kind): Tree | undefined {
  const fields: Field[] = [];
  const inner: Readonly<Record<number, Kind>> = MESSAGES[kind];
  let at = 0;
  const varint = (): bigint | undefined => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) return undefined;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    return undefined;
  };
  while (at < bytes.length) {
    const tag = varint();
    if (tag === undefined) return undefined;
    const number = Number(tag >> 3n);
    const wire = Number(tag & 7n);
    if (wire === 0) {
      const value = varint();
      if (value === undefined) return undefined;
      fields.push({ number, wire, value });
    } else if (wire === 1 || wire === 2 || wire === 5) {
      const length = wire === 1 ? 8 : wire === 5 ? 4 : Number(varint() ?? -1n);
      if (length < 0 || at + length > bytes.length) return undefined;
      const payload = bytes.subarray(at, at + length);
      at += length;
      const child = wire === 2 ? inner[number] : undefined;
      fields.push({ number, wire, value: (child && parse(payload, child)) ?? payload });
    } else return undefined;
  }
  return { kind, fields };
}

/** A copy whose every list may be changed; payloads are shared. */
export function cloneTree(tree: Tree): Tree {
  return { kind: tree.kind, fields: tree.fields.map(cloneField) };
}

export function cloneField(field: Field): Field {
  return { ...field, value: isTree(field.value) ? cloneTree(field.value) : field.value };
}

export function writeTree(tree: Tree): Uint8Array {
  const chunks: Uint8Array[] = [];
  write(tree, chunks);
  return Buffer.concat(chunks);
}

function write({ fields }: Tree, out: Uint8Array[]): number {
  let length = 0;
  const push = (chunk: Uint8Array): void => {
    out.push(chunk);
    length += chunk.length;
  };
  for (const { number, wire, value } of fields) {
    push(varintBytes(BigInt(number) * 8n + BigInt(wire)));
    if (typeof value === 'bigint') push(varintBytes(value));
    else if (value instanceof Uint8Array) {
      if (wire === 2) push(varintBytes(BigInt(value.length)));
      push(value);
    } else {
      const inner: Uint8Array[] = [];
      const size = write(value, inner);
      push(varintBytes(BigInt(size)));
      out.push(...inner);
      length += size;
    }
  }
  return length;
}

function varintBytes(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Uint8Array.from([...bytes, Number(rest)]);
}

export const isTree = (value: Field['value']): value is Tree =>
  typeof value === 'object' && !(value instanceof Uint8Array);

/** Every message of the tree, outermost first. */
export function* messages(tree: Tree): Generator<Tree> {
  yield tree;
  for (const { value } of tree.fields) if (isTree(value)) yield* messages(value);
}

export function messagesOf(tree: Tree, kind: Kind): readonly Tree[] {
  return [...messages(tree)].filter(message => message.kind === kind);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const textField = (number: number, text: string): Field => ({
  number,
  wire: 2,
  value: encoder.encode(text),
});
export const intField = (number: number, value: bigint | number): Field => ({
  number,
  wire: 0,
  value: BigInt.asUintN(64, BigInt(value)),
});
export const messageField = (number: number, kind: Kind, fields: Field[]): Field => ({
  number,
  wire: 2,
  value: { kind, fields },
});

export function textOf(tree: Tree, number: number): string {
  const value = tree.fields.findLast(field => field.number === number)?.value;
  return value instanceof Uint8Array ? decoder.decode(value) : '';
}

/** Replaces all records of the number by these. */
export function setFields(tree: Tree, number: number, ...fields: Field[]): void {
  tree.fields = [...tree.fields.filter(field => field.number !== number), ...fields];
}
