/** Smallest and largest element of everything seen so far; zero to zero where nothing was seen. */
import { type Extent, extent } from '../tensor/reduce.ts';
import type { Range } from './observer.ts';

export class Extremes {
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  /** Takes the elements, whose own extent the caller may know, and gives this back. */
  add(data: Float32Array, seen: Extent = extent(data)): Extent {
    this.#min = Math.min(this.#min, seen.min);
    this.#max = Math.max(this.#max, seen.max);
    return seen;
  }

  range(): Range {
    return this.#min > this.#max ? { min: 0, max: 0 } : { min: this.#min, max: this.#max };
  }
}
