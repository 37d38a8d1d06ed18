/**
 * Writing the protobuf wire format without one big buffer: a message is a list of chunks and its length.
 *
 * Invariant: a payload of `SPLICE_BYTES` or more is never copied; it stands in the list as it is. Tags, numbers and
 * small pieces go through protobufjs' Writer, which is emptied into the list at each splice, so that the list stays short.
 */
import Long from 'long';
import { Writer } from 'protobufjs/minimal.js';

/** Below this a copy is cheaper than one more chunk. */
const SPLICE_BYTES = 4096;
/** A Writer doubles its buffer by copying; beyond this a new one is begun. */
const GATHER_BYTES = 65536;

const UTF8 = new TextEncoder();
const WIRE = { varint: 0, lengthDelimited: 2, fixed32: 5 } as const;

export class Rope {
  readonly #chunks: Uint8Array[] = [];
  #flushed = 0;
  #writer = Writer.create();

  get byteLength(): number {
    return this.#flushed + this.#writer.len;
  }

  chunks(): readonly Uint8Array[] {
    this.#flush();
    return this.#chunks;
  }

  /** Bytes as they are, e.g. a record of the original file. */
  raw(bytes: Uint8Array): void {
    if (bytes.byteLength < SPLICE_BYTES) {
      this.#writer.raw(bytes);
      if (this.#writer.len >= GATHER_BYTES) this.#flush();
      return;
    }
    this.#flush();
    this.#chunks.push(bytes);
    this.#flushed += bytes.byteLength;
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

  string(field: number, text: string): void {
    this.bytes(field, UTF8.encode(text));
  }

  message(field: number, body: Rope): void {
    this.#length(field, body.byteLength);
    for (const chunk of body.chunks()) this.raw(chunk);
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
