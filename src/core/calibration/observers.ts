/**
 * What a calibration run gathers: for each value by its name, one or more statistics.
 *
 * Invariant: every statistic of a value sees the same runs. A statistic is found again by its class, so that whoever
 * asked for it reads it with its own type: `observers.find(name, ChannelMaxima)?.maxima()`.
 */
import { type Extent, extent, isFiniteExtent } from '../tensor/reduce.ts';
import { makeTally } from './make-tally.ts';
import type { Observer, Range, Statistic } from './observer.ts';
import type { Tally, TallyKind } from './tally.ts';

type Class<T> = abstract new (...parameters: never[]) => T;

/** The tallies of each value, as plain data. */
export type TallyKinds = readonly (readonly [value: string, kinds: readonly TallyKind[]])[];

/** What they held, of the values that were shown. */
export type TalliesHeld = readonly (readonly [value: string, held: readonly Float64Array[]])[];

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

  /** Tallies alone, for a part of the samples: `merge` takes what they held. */
  static ofTallies(kinds: TallyKinds): Observers {
    const observers = new Observers();
    for (const [value, each] of kinds) observers.#byValue.set(value, each.map(makeTally));
    return observers;
  }

  /** Undefined where a statistic keeps more than a tally: it has to see all samples, in order. */
  get tallyKinds(): TallyKinds | undefined {
    const kinds = this.names.map(value => [value, this.#tallies(value).map(({ kind }) => kind)] as const);
    return kinds.every(([value, each]) => each.length === this.#byValue.get(value)?.length)
      ? kinds
      : undefined;
  }

  held(): TalliesHeld {
    return [...this.#shown].map(value => [value, this.#tallies(value).map(tally => tally.held())] as const);
  }

  /** Adds what observers of the same kinds were shown. */
  merge(parts: TalliesHeld): void {
    for (const [value, held] of parts) {
      this.#shown.add(value);
      for (const [at, tally] of this.#tallies(value).entries()) tally.merge(held[at] as Float64Array);
    }
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

  /**
   * The same for elements of which nothing is known. Gives their extent; where that is not finite, statistics that do not
   * take such elements mean nothing any more.
   */
  look(value: string, data: Float32Array, dims: readonly number[], sample?: number): Extent {
    const statistics = this.#byValue.get(value) ?? [];
    const first = statistics.find(({ look }) => look);
    const seen = first?.look?.(data) ?? extent(data);
    this.#shown.add(value);
    for (const statistic of statistics)
      if (statistic !== first && (statistic.takesNonFinite || isFiniteExtent(seen)))
        statistic.observe(data, 1, dims, seen, sample);
    return seen;
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

  #tallies(value: string): readonly Tally[] {
    return (this.#byValue.get(value) ?? []).flatMap(each => (isTally(each) ? each : (each.tally ?? [])));
  }

  /** The range that the value's observer chose; undefined where none watches it. */
  range(value: string): Range | undefined {
    return this.#byValue.get(value)?.find(isObserver)?.range();
  }

  find<T extends Statistic>(value: string, type: Class<T>): T | undefined {
    return this.#byValue.get(value)?.find((each): each is T => each instanceof type);
  }
}

function isTally(statistic: Statistic): statistic is Tally {
  return 'merge' in statistic;
}

function isObserver(statistic: Statistic): statistic is Observer {
  return 'range' in statistic;
}
