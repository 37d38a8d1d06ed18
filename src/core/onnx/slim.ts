/**
 * Reads a large ONNX file without its weights: the bytes of the same model in which each large initializer of the main
 * graph says where in the file its payload lies, as if the file were its own external data.
 *
 * Invariant: nothing is believed here. What is not plainly a model with `raw_data` gives undefined, and the reader then
 * sees the whole file and names what is wrong; what is kept goes through the reader as any model does.
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
import type { ByteSource } from './external-data.ts';
import { concat } from './message.ts';
import { Rope } from './rope.ts';
import { GRAPH, MODEL, TENSOR } from './schema.ts';
import { EXTERNAL_FIELDS, writeLocation } from './tensor-proto.ts';

/** Smaller payloads are kept: they cost less than saying where they are. */
const LARGE_BYTES = 64 * 1024;
/** What is left after the payloads went is a graph; the largest have some tens of megabytes. */
const MAX_KEPT_BYTES = 256 * 1024 ** 2;
/** Read at once where headers are; payloads are skipped. */
const WINDOW_BYTES = 16 * 1024;

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** @param location the name by which tensors will find the file */
export function slimModel(source: ByteSource, location: string): Uint8Array | undefined {
  const slimmer = new Slimmer(source, location);
  const out = new Rope();
  try {
    slimmer.model(out);
  } catch (error) {
    if (error === NOT_PLAIN) return undefined;
    throw error;
  }
  return concat(out.list());
}

const NOT_PLAIN = new Error('not plainly a model');

interface WireRecord {
  readonly number: number;
  readonly wireType: number;
  /** Of the tag. */
  readonly start: number;
  /** Of the payload, after tag and length. */
  readonly from: number;
  readonly end: number;
}

class Slimmer {
  readonly #source: ByteSource;
  readonly #location: string;
  #window: Uint8Array = new Uint8Array();
  #windowStart = 0;
  #kept = 0;

  constructor(source: ByteSource, location: string) {
    this.#source = source;
    this.#location = location;
  }

  model(out: Rope): void {
    for (const record of this.#records(0, this.#source.byteLength))
      if (record.number === MODEL.graph && record.wireType === LENGTH_DELIMITED) {
        const graph = new Rope();
        this.#graph(record, graph);
        out.message(MODEL.graph, graph);
      } else this.#keep(record, out);
  }

  #graph({ from, end }: WireRecord, out: Rope): void {
    for (const record of this.#records(from, end))
      if (record.number === GRAPH.initializer && record.end - record.from >= LARGE_BYTES) {
        const tensor = new Rope();
        this.#tensor(record, tensor);
        out.message(GRAPH.initializer, tensor);
      } else this.#keep(record, out);
  }

  #tensor({ from, end }: WireRecord, out: Rope): void {
    const records = [...this.#records(from, end)];
    const raw = records.filter(({ number }) => number === TENSOR.rawData);
    const [payload] = raw;
    const elsewhere = records.some(({ number }) => EXTERNAL_FIELDS.includes(number));
    const isLarge =
      payload && payload.wireType === LENGTH_DELIMITED && payload.end - payload.from >= LARGE_BYTES;
    if (raw.length !== 1 || !isLarge || elsewhere) {
      for (const record of records) this.#keep(record, out);
      return;
    }
    for (const record of records) if (record !== payload) this.#keep(record, out);
    const length = payload.end - payload.from;
    writeLocation(out, { location: this.#location, offset: payload.from, length });
  }

  #keep({ start, end }: WireRecord, out: Rope): void {
    this.#kept += end - start;
    if (this.#kept > MAX_KEPT_BYTES) throw NOT_PLAIN;
    out.raw(this.#bytes(start, end));
  }

  *#records(from: number, end: number): Generator<WireRecord> {
    for (let at = from; at < end; ) {
      const tag = this.#varint(at, end);
      const wireType = tag.value % 8;
      const number = Math.floor(tag.value / 8);
      let payload = tag.end;
      let length = FIXED_BYTES[wireType];
      if (wireType === VARINT) length = this.#varint(payload, end).end - payload;
      else if (wireType === LENGTH_DELIMITED) {
        const size = this.#varint(payload, end);
        payload = size.end;
        length = size.value;
      }
      if (length === undefined || number === 0 || payload + length > end) throw NOT_PLAIN;
      yield { number, wireType, start: at, from: payload, end: payload + length };
      at = payload + length;
    }
  }

  /** Beyond 2^53 a number is rounded, which no length of a file is. */
  #varint(from: number, end: number): { readonly value: number; readonly end: number } {
    let value = 0;
    for (let at = from, unit = 1; at < end && at - from < 10; at++, unit *= 128) {
      const byte = this.#byte(at);
      value += (byte % 128) * unit;
      if (byte < 128) return { value, end: at + 1 };
    }
    throw NOT_PLAIN;
  }

  #byte(at: number): number {
    if (at < this.#windowStart || at >= this.#windowStart + this.#window.byteLength) {
      this.#window = this.#source.read(at, Math.min(WINDOW_BYTES, this.#source.byteLength - at));
      this.#windowStart = at;
    }
    return this.#window[at - this.#windowStart] as number;
  }

  #bytes(start: number, end: number): Uint8Array {
    const offset = start - this.#windowStart;
    if (offset >= 0 && end <= this.#windowStart + this.#window.byteLength)
      return this.#window.subarray(offset, offset + end - start);
    return this.#source.read(start, end - start);
  }
}
