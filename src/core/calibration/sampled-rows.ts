/**
 * A few of the vectors that enter a dot product: channels of one position of an image, or one row of a matrix. Half of
 * them are picked by a hash of their sample and position, half are the ones with the largest sum, whose codes are largest.
 *
 * Invariant: memory is constant, at most `MAX_ELEMENTS` floats twice over.
 */
import { elementCount } from '../tensor/tensor.ts';
import { LeadingRows } from './leading-rows.ts';
import type { Tally } from './tally.ts';

/** Where the channels of a value lie: axis 1 of an image (Conv), or the last axis (MatMul, Gemm). */
export type ChannelAxis = 'second' | 'last';

/** Fewer miss rows in which pairs overflow by much, and channels keep codes that cost more than they are worth. */
const MAX_ROWS = 256;
const MIN_ROWS = 4;
const MAX_ELEMENTS = 32_768;

export class SampledRows implements Tally {
  readonly kind;
  readonly axis: ChannelAxis;
  #channels = 0;
  #runs = 0;
  #picked = new LeadingRows(0, 0);
  #heavy = new LeadingRows(0, 0);

  constructor(axis: ChannelAxis) {
    this.axis = axis;
    this.kind = { type: 'sampled-rows', axis } as const;
  }

  /** Each of as many floats as there are channels. */
  get rows(): readonly Float32Array[] {
    return [...this.#picked.rows, ...this.#heavy.rows];
  }

  observe(
    data: Float32Array,
    _samples: number,
    dims: readonly number[],
    _seen?: unknown,
    sample = this.#runs,
  ): void {
    this.#runs++;
    const at = this.axis === 'second' ? 1 : dims.length - 1;
    const channels = dims[at] ?? 0;
    if (channels === 0 || data.length === 0) return;
    this.#begin(channels);
    // Elements between two channels of one row: 1 where they are neighbours.
    const inner = elementCount(dims.slice(at + 1));
    const sums = new Float64Array(inner);
    for (let block = 0; block < data.length; block += channels * inner) {
      addChannels(data, block, channels, sums);
      const before = block / channels;
      let heavyUpTo = this.#heavy.largestKey;
      let pickedUpTo = this.#picked.largestKey;
      for (let i = 0; i < inner; i++) {
        const heavy = -(sums[i] as number);
        const picked = hashOf(sample, before + i);
        if (heavy > heavyUpTo && picked > pickedUpTo) continue;
        const position = before + i;
        const fill = (row: Float32Array): void => {
          for (let c = 0; c < channels; c++) row[c] = data[block + i + c * inner] as number;
        };
        this.#heavy.offer({ key: heavy, sample, position }, fill);
        this.#picked.offer({ key: picked, sample, position }, fill);
        heavyUpTo = this.#heavy.largestKey;
        pickedUpTo = this.#picked.largestKey;
      }
    }
  }

  /** Channels, numbers of what is picked, that, and what is heavy. */
  held(): Float64Array {
    const [picked, heavy] = [this.#picked.held(), this.#heavy.held()];
    const held = new Float64Array(HEAD + picked.length + heavy.length);
    held.set([this.#channels, picked.length]);
    held.set(picked, HEAD);
    held.set(heavy, HEAD + picked.length);
    return held;
  }

  merge(held: Float64Array): void {
    const [channels, length] = held as unknown as readonly [number, number];
    if (channels === 0) return;
    this.#begin(channels);
    this.#picked.merge(held.subarray(HEAD, HEAD + length));
    this.#heavy.merge(held.subarray(HEAD + length));
  }

  /** Rows of another length than those before take their place. */
  #begin(channels: number): void {
    if (channels === this.#channels) return;
    this.#channels = channels;
    const most = Math.min(MAX_ROWS, Math.max(MIN_ROWS, Math.floor(MAX_ELEMENTS / channels)));
    this.#picked = new LeadingRows(most, channels);
    this.#heavy = new LeadingRows(most, channels);
  }
}

/** Numbers of what is held in front of the rows. */
const HEAD = 2;

/** Sum of the channels at each position: four at a time, so that sums are read and written less often. */
function addChannels(data: Float32Array, start: number, channels: number, sums: Float64Array): void {
  const inner = sums.length;
  const end = start + channels * inner;
  sums.fill(0);
  let at = start;
  for (; at + 4 * inner <= end; at += 4 * inner)
    for (let i = 0, a = at, b = a + inner, c = b + inner, d = c + inner; i < inner; i++, a++, b++, c++, d++)
      sums[i] =
        (sums[i] as number) +
        ((data[a] as number) + (data[b] as number) + ((data[c] as number) + (data[d] as number)));
  for (; at < end; at += inner)
    for (let i = 0; i < inner; i++) sums[i] = (sums[i] as number) + (data[at + i] as number);
}

/** 32 bits, each of which depends on all bits of both: the finalizer of MurmurHash3. */
function hashOf(sample: number, position: number): number {
  let bits = Math.imul(sample + 1, 0x9e3779b1) ^ position;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
