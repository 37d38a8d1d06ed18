/**
 * Writing the protobuf wire format without one big buffer: a message is a list of chunks and its length.
 *
 * Invariant: a payload of `SPLICE_BYTES` or more is never copied; it stands in the list as it is, and where it is still
 * to be made or read it is so, piece by piece, when its turn comes to be written. Tags, numbers and small pieces go through protobufjs'
 * Writer, which is emptied into the list at each splice, so that the list stays short.
 */
import Long from 'long';
import { Writer } from 'protobufjs/minimal.js';
import { piecesOf } from '../tensor/payload.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Below this a copy is cheaper than one more chunk. */
const SPLICE_BYTES = 4096;
/** A Writer doubles its buffer by copying; beyond this a new one is begun. */
const GATHER_BYTES = 65536;

const UTF8 = new TextEncoder();
const WIRE = { varint: 0, lengthDelimited: 2, fixed32: 5 } as const;

/** Bytes whose number is known before they are there. */
export type Payload = Pick<Tensor, 'byteLength' | 'bytes' | 'open' | 'pieces'>;

type Chunk = Uint8Array | Payload;

export class Rope {
  readonly #chunks: Chunk[] = [];
  #flushed = 0;
  #writer = Writer.create();

  get byteLength(): number {
    return this.#flushed + this.#writer.len;
  }

  /** The message piece by piece, each of which is good until the next is asked for. */
  *stream(): Generator<Uint8Array> {
    this.#flush();
    for (const chunk of this.#chunks)
      if (chunk instanceof Uint8Array) yield chunk;
      else yield* checked(chunk);
  }

  /** All of it, payloads included: for what memory holds anyway. */
  list(): Uint8Array[] {
    this.#flush();
    return this.#chunks.map(chunk => (chunk instanceof Uint8Array ? chunk : made(chunk)));
  }

  /** Bytes as they are, e.g. a record of the original file. */
  raw(bytes: Uint8Array): void {
    if (bytes.byteLength < SPLICE_BYTES) {
      this.#writer.raw(bytes);
      if (this.#writer.len >= GATHER_BYTES) this.#flush();
      return;
    }
    this.#splice(bytes);
  }

  int(field: number, value: number | bigint): void {
    this.#tag(field, WIRE.varint).uint64(Long.fromBigInt(BigInt(value)));
  }

  float(field: number, value: number): void {
    this.#tag(field, WIRE.fixed32).float(value);
  }

  bytes(field: number, payload: Uint8Array): void {
    this.#length(field, payload.byteLength);
    this.raw(payload);
  }

  payload(field: number, payload: Payload): void {
    this.#length(field, payload.byteLength);
    if (payload.byteLength < SPLICE_BYTES) this.raw(made(payload));
    else this.#splice(payload);
  }

  string(field: number, text: string): void {
    this.bytes(field, UTF8.encode(text));
  }

  message(field: number, body: Rope): void {
    this.#length(field, body.byteLength);
    body.#flush();
    for (const chunk of body.#chunks)
      if (chunk instanceof Uint8Array) this.raw(chunk);
      else this.#splice(chunk);
  }

  #splice(chunk: Chunk): void {
    this.#flush();
    this.#chunks.push(chunk);
    this.#flushed += chunk.byteLength;
  }

  #tag(field: number, wireType: number): Writer {
    return this.#writer.uint32(field * 8 + wireType);
  }

  #length(field: number, byteLength: number): void {
    this.#tag(field, WIRE.lengthDelimited).uint32(byteLength);
  }

  #flush(): void {
    if (this.#writer.len === 0) return;
    // `true`: the Writer's own buffer and no copy of it, since this Writer is not written to again.
    const bytes = this.#writer.finish(true);
    this.#chunks.push(bytes);
    this.#flushed += bytes.byteLength;
    this.#writer = Writer.create();
  }
}

/** The length stands in the file before the bytes are made. */
function* checked(payload: Payload): Generator<Uint8Array> {
  let given = 0;
  for (const piece of piecesOf(payload)) {
    given += piece.byteLength;
    yield piece;
  }
  if (given !== payload.byteLength)
    throw new RangeError(`a payload of ${payload.byteLength} bytes gave ${given}`);
}

function made(payload: Payload): Uint8Array {
  const bytes = payload.bytes();
  if (bytes.byteLength !== payload.byteLength)
    throw new RangeError(`a payload of ${payload.byteLength} bytes gave ${bytes.byteLength}`);
  return bytes;
}
