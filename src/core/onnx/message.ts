/**
 * Reading the protobuf wire format: a message as the list of its records, each a view on the file.
 *
 * Invariant: nothing is copied and nothing is lost: a record keeps the exact bytes it was read from, so that what is not
 * understood is given back as it was. Integers are bigint, exact over 64 bits (INT64_MAX is usual in Slice). What
 * protobufjs throws leaves here as `model_unreadable`.
 * Tags, numbers and lengths are read by protobufjs' Reader; which number means what is our schema table (schema.ts).
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
import Long from 'long';
import { Reader } from 'protobufjs/minimal.js';
import { BitpressError, isBitpressError } from '../../errors.ts';
import { limitExceeded, type ModelLimits } from './limits.ts';

/** One record. Payloads are views made when asked for: a view costs more than all else here, and most are never read. */
export class Field {
  readonly number: number;
  readonly wireType: 0 | 1 | 2 | 5;
  readonly #reader: Reader;
  readonly #start: number;
  readonly #from: number;
  readonly #end: number;

  /**
   * @param reader of the message; shared by its records, as each sets the position before it reads
   * @param from where the payload begins, after the tag and the length
   */
  constructor(
    number: number,
    wireType: Field['wireType'],
    reader: Reader,
    [start, from, end]: readonly [number, number, number],
  ) {
    this.number = number;
    this.wireType = wireType;
    this.#reader = reader;
    this.#start = start;
    this.#from = from;
    this.#end = end;
  }

  /** Tag and payload as in the file. */
  get record(): Uint8Array {
    return this.#reader.raw(this.#start, this.#end);
  }

  /** Wire type 0: the varint as an unsigned 64-bit number. Its bounds were checked when the record was read. */
  get varint(): bigint | undefined {
    if (this.wireType !== 0) return undefined;
    this.#reader.pos = this.#from;
    return readVarint(this.#reader);
  }

  /** Wire types 1, 2 and 5: the payload. */
  get bytes(): Uint8Array | undefined {
    return this.wireType === 0 ? undefined : this.#reader.raw(this.#from, this.#end);
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
        const reader = new Reader(this.payload(field));
        const next = (): bigint => readVarint(reader);
        while (reader.pos < reader.len) yield BigInt.asIntN(64, orUnreadable(this.name, next));
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

/** The next varint, exact over 64 bits. One byte is a number as it is: nearly all varints of a real file. */
function readVarint(reader: Reader): bigint {
  if ((reader.buf[reader.pos] ?? 0x80) < 0x80) return BigInt(reader.uint32());
  const { low, high } = reader.uint64();
  return Long.fromBits(low, high, true).toBigInt();
}

/** protobufjs tells of cut-off or malformed numbers by a RangeError or an Error. */
function orUnreadable<Result>(name: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (isBitpressError(error)) throw error;
    throw unreadable(`ends inside a number or has a malformed one (${(error as Error).message})`, name);
  }
}

function tooManyFields(name: string, { limits }: Budget): BitpressError {
  return limitExceeded(limits, 'maxFields', `${name}: the number of records`, { field: name });
}

function readFields(bytes: Uint8Array, name: string, budget: Budget): readonly Field[] {
  const fields: Field[] = [];
  const reader = new Reader(bytes);
  const next = (): Field => readField(reader, name);
  while (reader.pos < reader.len) {
    if (++budget.fields > budget.limits.maxFields) throw tooManyFields(name, budget);
    fields.push(orUnreadable(name, next));
  }
  return fields;
}

function readField(reader: Reader, name: string): Field {
  const start = reader.pos;
  const tag = reader.tag();
  const number = tag >>> 3;
  const wireType = tag & 7;
  if (number === 0) throw unreadable('field number 0', name);
  if (wireType === 0) {
    const from = reader.pos;
    reader.skip();
    if (reader.pos - from > MAX_VARINT_BYTES) throw unreadable('a number is longer than 10 bytes', name);
    return new Field(number, wireType, reader, [start, from, reader.pos]);
  }
  // Groups (3 and 4) have been out of use since before ONNX began.
  if (wireType !== 1 && wireType !== 2 && wireType !== 5)
    throw unreadable(`field ${number} has wire type ${wireType}`, name);
  const length = wireType === 1 ? 8 : wireType === 5 ? 4 : reader.size();
  const from = reader.pos;
  if (length > reader.len - from) throw unreadable(`field ${number} ends outside its message`, name);
  reader.skip(length);
  return new Field(number, wireType, reader, [start, from, reader.pos]);
}
