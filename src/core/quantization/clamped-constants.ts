/** Constants whose finite values a narrower float does not hold: they become its largest value, and the report says so. */
import { absMax } from '../tensor/reduce.ts';
import { elements, type Tensor } from '../tensor/tensor.ts';
import type { QuantPlan } from './plan.ts';

export class ClampedConstants {
  readonly #sizes = new Map<string, number>();
  readonly #type: string;
  readonly #largest: number;

  /** @param largest finite value of the type */
  constructor(type: string, largest: number) {
    this.#type = type;
    this.#largest = largest;
  }

  /** Looks at a float32 constant; those that several nodes read are looked at once. */
  see(name: string, tensor: Tensor): void {
    if (this.#sizes.has(name)) return;
    this.#sizes.set(name, absMax(elements(tensor, 'float32')));
  }

  notes(): NonNullable<QuantPlan['notes']> {
    return [...this.#sizes]
      .filter(([, size]) => size > this.#largest && size < Number.POSITIVE_INFINITY)
      .map(
        ([name, size]) =>
          `Constant "${name}" holds values up to ${size}, beyond ${this.#type}; they were clamped to ${this.#largest}.`,
      );
  }
}
