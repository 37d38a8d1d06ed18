/**
 * Writing the protobuf wire format without one big buffer: a message is a list of chunks and its length.
 *
 * Invariant: a payload of `SPLICE_BYTES` or more is never copied; it stands in the list as it is. Small pieces are
 * gathered into chunks, so that the list stays short.
 */

/** Below this a copy is cheaper than one more chunk. */
const SPLICE_BYTES = 4096;
const GATHER_BYTES = 65536;

const UTF8 = new TextEncoder();

export class Rope {
  byteLength = 0;
  readonly #chunks: Uint8Array[] = [];
  #gather = new Uint8Array(256);
  #used = 0;

  chunks(): readonly Uint8Array[] {
    this.#flush();
    return this.#chunks;
  }

  /** Bytes as they are, e.g. a record of the original file. */
  raw(bytes: Uint8Array): void {
    if (bytes.byteLength >= SPLICE_BYTES) {
      this.#flush();
      this.#chunks.push(bytes);
    } else {
      this.#reserve(bytes.byteLength);
      this.#gather.set(bytes, this.#used);
      this.#used += bytes.byteLength;
    }
    this.byteLength += bytes.byteLength;
  }

  int(field: number, value: number | bigint): void {
    this.#tag(field, 0);
    this.#varint(BigInt.asUintN(64, BigInt(value)));
  }

  float(field: number, value: number): void {
    this.#tag(field, 5);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.raw(bytes);
  }

  bytes(field: number, payload: Uint8Array): void {
    this.#tag(field, 2);
    this.#varint(BigInt(payload.byteLength));
    this.raw(payload);
  }

  string(field: number, text: string): void {
    this.bytes(field, UTF8.encode(text));
  }

  message(field: number, body: Rope): void {
    this.#tag(field, 2);
    this.#varint(BigInt(body.byteLength));
    for (const chunk of body.chunks()) this.raw(chunk);
  }

  #tag(field: number, wireType: number): void {
    this.#varint(BigInt(field * 8 + wireType));
  }

  #varint(value: bigint): void {
    this.#reserve(10);
    const start = this.#used;
    let rest = value;
    while (rest > 0x7fn) {
      this.#gather[this.#used++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#gather[this.#used++] = Number(rest);
    this.byteLength += this.#used - start;
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#gather.byteLength) return;
    if (this.#used + bytes > GATHER_BYTES) this.#flush();
    const larger = new Uint8Array(
      Math.max(Math.min(GATHER_BYTES, this.#gather.byteLength * 2), this.#used + bytes),
    );
    larger.set(this.#gather.subarray(0, this.#used));
    this.#gather = larger;
  }

  #flush(): void {
    if (this.#used === 0) return;
    this.#chunks.push(this.#gather.subarray(0, this.#used));
    this.#gather = new Uint8Array(256);
    this.#used = 0;
  }
}
