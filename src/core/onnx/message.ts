/**
 * Reading the protobuf wire format: a message as the list of its records, each a view on the file.
 *
 * Invariant: nothing is copied and nothing is lost: a record keeps the exact bytes it was read from, so that what is not
 * understood is given back as it was. Integers are bigint, exact over 64 bits (INT64_MAX is usual in Slice).
 * Decoded by hand rather than through protobufjs, whose int64 needs another package to be exact and whose messages
 * do not keep their records.
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
import { BitpressError } from '../../errors.ts';
import { limitExceeded, type ModelLimits } from './limits.ts';

/** One record. Payloads are views made when asked for: a view costs more than all else here, and most are never read. */
export class Field {
  readonly number: number;
  readonly wireType: 0 | 1 | 2 | 5;
  readonly #source: Uint8Array;
  readonly #start: number;
  readonly #from: number;
  readonly #end: number;

  /** @param from where the payload begins, after the tag and the length */
  constructor(
    number: number,
    wireType: Field['wireType'],
    source: Uint8Array,
    [start, from, end]: readonly [number, number, number],
  ) {
    this.number = number;
    this.wireType = wireType;
    this.#source = source;
    this.#start = start;
    this.#from = from;
    this.#end = end;
  }

  /** Tag and payload as in the file. */
  get record(): Uint8Array {
    return this.#source.subarray(this.#start, this.#end);
  }

  /** Wire type 0: the varint as an unsigned 64-bit number. */
  get varint(): bigint | undefined {
    return this.wireType === 0 ? readVarint(this.#source, { at: this.#from }, 'number') : undefined;
  }

  /** Wire types 1, 2 and 5: the payload. */
  get bytes(): Uint8Array | undefined {
    return this.wireType === 0 ? undefined : this.#source.subarray(this.#from, this.#end);
  }
}

/** What one reading of a file has used up. */
export interface Budget {
  readonly limits: ModelLimits;
  fields: number;
  nodes: number;
}

const MAX_VARINT_BYTES = 10;

export function unreadable(what: string, field: string): BitpressError {
  return new BitpressError('model_unreadable', `${field}: ${what}`, { field });
}

/** The records of one message. `name` is the message's name for errors. */
export class Message {
  readonly fields: readonly Field[];
  readonly name: string;
  readonly budget: Budget;

  constructor(bytes: Uint8Array, name: string, budget: Budget) {
    this.fields = readFields(bytes, name, budget);
    this.name = name;
    this.budget = budget;
  }

  all(number: number): readonly Field[] {
    return this.fields.filter(field => field.number === number);
  }

  /** protobuf: "the parser accepts the last value it sees" of a singular scalar. */
  last(number: number): Field | undefined {
    return this.fields.findLast(field => field.number === number);
  }

  has(number: number): boolean {
    return this.fields.some(field => field.number === number);
  }

  /** A singular message; two would be merged by other readers, which real files never need and attacks like. */
  single(number: number): Uint8Array | undefined {
    const found = this.all(number);
    if (found.length > 1) throw unreadable(`field ${number} appears twice`, this.name);
    return found[0] && this.payload(found[0]);
  }

  payload(field: Field): Uint8Array {
    if (field.wireType !== 2 || !field.bytes) throw this.wrongType(field);
    return field.bytes;
  }

  text(field: Field): string {
    return decodeText(this.payload(field), `${this.name} field ${field.number}`, this.budget.limits);
  }

  string(number: number): string {
    const field = this.last(number);
    return field ? this.text(field) : '';
  }

  strings(number: number): string[] {
    return this.all(number).map(field => this.text(field));
  }

  int(number: number): bigint | undefined {
    const field = this.last(number);
    if (!field) return undefined;
    if (field.varint === undefined) throw this.wrongType(field);
    return BigInt.asIntN(64, field.varint);
  }

  /** Repeated integers, packed or not. A packed one costs what a record costs. */
  ints(number: number): bigint[] {
    this.budget.fields += this.countInts(number);
    if (this.budget.fields > this.budget.limits.maxFields) throw tooManyFields(this.name, this.budget);
    return [...this.eachInt(number)];
  }

  *eachInt(number: number): Generator<bigint> {
    for (const field of this.all(number)) {
      const value = field.varint;
      if (value !== undefined) yield BigInt.asIntN(64, value);
      else {
        const bytes = this.payload(field);
        const cursor = { at: 0 };
        while (cursor.at < bytes.byteLength) yield BigInt.asIntN(64, readVarint(bytes, cursor, this.name));
      }
    }
  }

  /** How many integers eachInt() gives: each ends with a byte below 128. */
  countInts(number: number): number {
    let count = 0;
    for (const field of this.all(number)) {
      if (field.wireType === 0) count++;
      else for (const byte of this.payload(field)) if (byte < 0x80) count++;
    }
    return count;
  }

  /** Repeated fixed-width numbers, packed or not, as their little-endian bytes; a view where there is one record. */
  fixed(number: number, width: 4 | 8): Uint8Array {
    const parts = this.all(number).map(field => {
      if (field.wireType === (width === 4 ? 5 : 1)) return field.bytes ?? new Uint8Array();
      const bytes = this.payload(field);
      if (bytes.byteLength % width !== 0) throw unreadable(`field ${number} is cut off`, this.name);
      return bytes;
    });
    return parts.length === 1 && parts[0] ? parts[0] : concat(parts);
  }

  #number(field: Field): string {
    return `field ${field.number} has wire type ${field.wireType}`;
  }

  wrongType(field: Field): BitpressError {
    return unreadable(this.#number(field), this.name);
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function decodeText(bytes: Uint8Array, field: string, limits: ModelLimits): string {
  if (bytes.byteLength > limits.maxStringBytes)
    throw limitExceeded(limits, 'maxStringBytes', `${field}: a text of ${bytes.byteLength} bytes`, { field });
  const text = utf8(bytes);
  if (text === undefined) throw unreadable('not UTF-8', field);
  return text;
}

/** The text, or undefined where the bytes are not UTF-8. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

function readVarint(bytes: Uint8Array, cursor: { at: number }, name: string): bigint {
  let low = 0;
  // Up to 28 bits in plain numbers: nearly all varints of a real file.
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw unreadable('ends inside a number', name);
    low |= (byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt(low);
  }
  let value = BigInt(low);
  for (let index = 4; index < MAX_VARINT_BYTES; index++) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw unreadable('ends inside a number', name);
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) return BigInt.asUintN(64, value);
  }
  throw unreadable('a number is longer than 10 bytes', name);
}

function tooManyFields(name: string, { limits }: Budget): BitpressError {
  return limitExceeded(limits, 'maxFields', `${name}: the number of records`, { field: name });
}

function readFields(bytes: Uint8Array, name: string, budget: Budget): readonly Field[] {
  const fields: Field[] = [];
  const cursor = { at: 0 };
  while (cursor.at < bytes.byteLength) {
    if (++budget.fields > budget.limits.maxFields) throw tooManyFields(name, budget);
    fields.push(readField(bytes, cursor, name));
  }
  return fields;
}

function readField(bytes: Uint8Array, cursor: { at: number }, name: string): Field {
  const start = cursor.at;
  const tag = readVarint(bytes, cursor, name);
  const number = Number(tag >> 3n);
  const wireType = Number(tag & 7n);
  // Field numbers go from 1 to 2^29 - 1.
  if (number < 1 || number >= 2 ** 29) throw unreadable(`field number ${number}`, name);
  if (wireType === 0) {
    const from = cursor.at;
    readVarint(bytes, cursor, name);
    return new Field(number, wireType, bytes, [start, from, cursor.at]);
  }
  // Groups (3 and 4) have been out of use since before ONNX began.
  if (wireType !== 1 && wireType !== 2 && wireType !== 5)
    throw unreadable(`field ${number} has wire type ${wireType}`, name);
  const length = wireType === 1 ? 8 : wireType === 5 ? 4 : Number(readVarint(bytes, cursor, name));
  const from = cursor.at;
  if (length > bytes.byteLength - from) throw unreadable(`field ${number} ends outside its message`, name);
  cursor.at = from + length;
  return new Field(number, wireType, bytes, [start, from, cursor.at]);
}
