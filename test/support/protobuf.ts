/**
 * The protobuf wire format in its smallest form, apart from the code under test: messages from lists of fields, and the
 * comparison of two messages without a schema.
 */

/** A field: number and value. bigint: varint; number: 32-bit float; bytes, text, or fields: length-delimited. */
export type ProtoField = readonly [
  number: number,
  value: bigint | number | string | Uint8Array | readonly ProtoField[],
];

export function proto(...fields: ProtoField[]): Buffer {
  return Buffer.concat(fields.map(([number, value]) => field(number, value)));
}

function field(number: number, value: ProtoField[1]): Buffer {
  if (typeof value === 'bigint') return Buffer.concat([varint(BigInt(number * 8)), varint(value)]);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(value);
    return Buffer.concat([varint(BigInt(number * 8 + 5)), bytes]);
  }
  const body =
    typeof value === 'string'
      ? Buffer.from(value)
      : value instanceof Uint8Array
        ? Buffer.from(value)
        : proto(...value);
  return Buffer.concat([varint(BigInt(number * 8 + 2)), varint(BigInt(body.length)), body]);
}

export function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

/**
 * Where two messages differ, as paths of field numbers. Records of different numbers may stand in another order, as
 * protobuf allows; those of one number may not.
 */
export function differences(a: Uint8Array, b: Uint8Array, path = ''): string[] {
  if (Buffer.compare(a, b) === 0) return [];
  const left = records(a);
  const right = records(b);
  if (!left || !right) return [path];
  const found: string[] = [];
  for (const number of new Set([...left.keys(), ...right.keys()])) {
    const here = `${path}/${number}`;
    const [mine, theirs] = [left.get(number) ?? [], right.get(number) ?? []];
    if (mine.length !== theirs.length) found.push(`${here} (${mine.length} times, ${theirs.length} times)`);
    mine.forEach((item, index) => {
      const other = theirs[index];
      if (other) found.push(...differences(item, other, `${here}[${index}]`));
    });
  }
  return found;
}

/** The payloads of a message by field number; undefined where the bytes are no message. */
export function records(bytes: Uint8Array): Map<number, Uint8Array[]> | undefined {
  const found = new Map<number, Uint8Array[]>();
  let at = 0;
  const next = (): number | undefined => {
    let value = 0;
    for (let shift = 0; shift < 63; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) return undefined;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    return undefined;
  };
  while (at < bytes.length) {
    const tag = next();
    if (tag === undefined) return undefined;
    const start = at;
    const wireType = tag % 8;
    let length = wireType === 1 ? 8 : 4;
    if (wireType === 2) length = next() ?? Number.POSITIVE_INFINITY;
    else if (wireType === 0) {
      while ((bytes[at] ?? 0) > 127) at++;
      length = 1;
    } else if (wireType !== 1 && wireType !== 5) return undefined;
    if (at + length > bytes.length) return undefined;
    const from = wireType === 2 ? at : start;
    at += length;
    const number = Math.floor(tag / 8);
    found.set(number, [...(found.get(number) ?? []), bytes.subarray(from, at)]);
  }
  return found;
}
