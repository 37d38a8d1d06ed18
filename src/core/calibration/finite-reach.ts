/**
 * Size of the largest finite element that a value had.
 *
 * Infinity and NaN are passed over: masks hold them on purpose, and a narrower float holds them as well.
 */
import { type Extent, extent, isFiniteExtent } from '../tensor/reduce.ts';
import type { Tally } from './tally.ts';

export class FiniteReach implements Tally {
  readonly kind = { type: 'finite-reach' } as const;
  readonly wantsExtentOnly = true;
  readonly takesNonFinite = true;
  #largest = 0;

  observe(data: Float32Array, _samples: number, _dims: readonly number[], seen?: Extent): void {
    const { min, max } = seen ?? extent(data);
    if (isFiniteExtent({ min, max })) this.#see(Math.max(-min, max));
    else for (const x of data) if (Number.isFinite(x)) this.#see(Math.abs(x));
  }

  held(): Float64Array {
    return Float64Array.of(this.#largest);
  }

  merge([largest]: Float64Array): void {
    this.#see(largest as number);
  }

  get largest(): number {
    return this.#largest;
  }

  #see(size: number): void {
    if (size > this.#largest) this.#largest = size;
  }
}
