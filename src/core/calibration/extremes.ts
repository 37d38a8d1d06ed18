/** Smallest and largest element of everything seen so far; zero to zero where nothing was seen. */
import { type Extent, extent } from '../tensor/reduce.ts';
import type { Range } from './observer.ts';
import type { Tally } from './tally.ts';

export class Extremes implements Tally {
  readonly kind = { type: 'extremes' } as const;
  readonly wantsExtentOnly = true;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  observe(data: Float32Array, _samples?: number, _dims?: readonly number[], seen?: Extent): void {
    this.add(data, seen);
  }

  /** Takes the elements, whose own extent the caller may know, and gives this back. */
  add(data: Float32Array, seen: Extent = extent(data)): Extent {
    this.#min = Math.min(this.#min, seen.min);
    this.#max = Math.max(this.#max, seen.max);
    return seen;
  }

  held(): Float64Array {
    return Float64Array.of(this.#min, this.#max);
  }

  merge([min, max]: Float64Array): void {
    this.#min = Math.min(this.#min, min as number);
    this.#max = Math.max(this.#max, max as number);
  }

  range(): Range {
    return this.#min > this.#max ? { min: 0, max: 0 } : { min: this.#min, max: this.#max };
  }
}
