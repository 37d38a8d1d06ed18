/**
 * What a calibration run gathers: for each value by its name, one or more statistics.
 *
 * Invariant: every statistic of a value sees the same runs. A statistic is found again by its class, so that whoever
 * asked for it reads it with its own type: `observers.find(name, ChannelMaxima)?.maxima()`.
 */
import type { Extent } from '../tensor/reduce.ts';
import type { Observer, Range, Statistic } from './observer.ts';

type Class<T> = abstract new (...parameters: never[]) => T;

export class Observers {
  readonly #byValue = new Map<string, Statistic[]>();
  readonly #shown = new Set<string>();
  #ended = false;

  /** Adds a statistic, unless one of its class watches the value already. */
  watch(value: string, statistic: Statistic): void {
    const known = this.#byValue.get(value);
    if (!known) this.#byValue.set(value, [statistic]);
    else if (!known.some(each => each.constructor === statistic.constructor)) known.push(statistic);
  }

  /** The values that are watched. */
  get names(): readonly string[] {
    return [...this.#byValue.keys()];
  }

  get size(): number {
    return this.#byValue.size;
  }

  /** Shows one run's elements to all statistics of the value. */
  observe(value: string, data: Float32Array, dims: readonly number[], seen?: Extent): void {
    this.#shown.add(value);
    for (const statistic of this.#byValue.get(value) ?? []) statistic.observe(data, 1, dims, seen);
  }

  /** True where every statistic of the value would as soon see the smallest and the largest element as all of them. */
  wantsExtentOnly(value: string): boolean {
    return (this.#byValue.get(value) ?? []).every(({ wantsExtentOnly }) => wantsExtentOnly);
  }

  /** True where no statistic of the value minds elements that are NaN or infinite. */
  takesNonFinite(value: string): boolean {
    return (this.#byValue.get(value) ?? []).every(({ takesNonFinite }) => takesNonFinite);
  }

  /** Says that all samples have run. */
  end(): void {
    this.#ended = true;
  }

  /** True where all samples have run and never reached the value: it lies in a branch that was not taken. */
  isSilent(value: string): boolean {
    return this.#ended && this.#byValue.has(value) && !this.#shown.has(value);
  }

  /** The range that the value's observer chose; undefined where none watches it. */
  range(value: string): Range | undefined {
    return this.#byValue.get(value)?.find(isObserver)?.range();
  }

  find<T extends Statistic>(value: string, type: Class<T>): T | undefined {
    return this.#byValue.get(value)?.find((each): each is T => each instanceof type);
  }
}

function isObserver(statistic: Statistic): statistic is Observer {
  return 'range' in statistic;
}
