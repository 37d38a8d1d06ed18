/**
 * The rows with the smallest keys of all that were offered, as many as are asked for; of equal keys, the ones that come
 * first by sample and position.
 *
 * Invariant: which rows are kept depends neither on the order in which they are offered, nor on who was offered which.
 * Memory is taken once.
 */
export interface RowPlace {
  readonly key: number;
  readonly sample: number;
  /** Among the rows of the sample. */
  readonly position: number;
}

interface Kept extends RowPlace {
  readonly row: Float32Array;
}

/** Numbers in front of a row's own. */
const HEAD = 3;

export class LeadingRows {
  readonly #channels: number;
  readonly #all: Float32Array;
  /** In order. */
  readonly #kept: Kept[] = [];
  readonly #most: number;
  #largestKey = Number.POSITIVE_INFINITY;

  /** @param channels numbers of a row */
  constructor(most: number, channels: number) {
    this.#most = most;
    this.#channels = channels;
    this.#all = new Float32Array(most * channels);
  }

  get rows(): readonly Float32Array[] {
    return this.#kept.map(({ row }) => row);
  }

  /** Rows with a larger key need not be offered. */
  get largestKey(): number {
    return this.#largestKey;
  }

  /** @param fill writes the row */
  offer(place: RowPlace, fill: (row: Float32Array) => void): void {
    const count = this.#kept.length;
    const isFull = count === this.#most;
    if (isFull && !comesBefore(place, this.#kept[count - 1]!)) return;
    const row = isFull
      ? this.#kept.pop()!.row
      : this.#all.subarray(count * this.#channels).subarray(0, this.#channels);
    fill(row);
    const behind = this.#kept.findIndex(other => comesBefore(place, other));
    this.#kept.splice(behind < 0 ? this.#kept.length : behind, 0, { ...place, row });
    if (this.#kept.length === this.#most) this.#largestKey = this.#kept.at(-1)!.key;
  }

  /** Key, sample and position of each row, and its numbers. */
  held(): Float64Array {
    const length = HEAD + this.#channels;
    const held = new Float64Array(this.#kept.length * length);
    for (const [at, { key, sample, position, row }] of this.#kept.entries()) {
      held.set([key, sample, position], at * length);
      held.set(row, at * length + HEAD);
    }
    return held;
  }

  merge(held: Float64Array): void {
    const length = HEAD + this.#channels;
    for (let at = 0; at < held.length; at += length) {
      const [key, sample, position] = held.subarray(at, at + HEAD) as unknown as [number, number, number];
      const numbers = held.subarray(at + HEAD, at + length);
      this.offer({ key, sample, position }, row => row.set(numbers));
    }
  }
}

function comesBefore(a: RowPlace, b: RowPlace): boolean {
  return a.key < b.key || (a.key === b.key && (a.sample - b.sample || a.position - b.position) < 0);
}
