/**
 * Which channels of which values must share a scale: a union-find over (value, channel).
 *
 * Invariant: all channels of a class can be divided by one positive number, if those who write and read them make up for
 * it; a class that something else depends on is frozen (its number is 1), with a reason.
 */
import type { Value } from '../../../ir/value.ts';

export interface Channels {
  readonly axis: number;
  readonly count: number;
  /** Number of the first channel; the others follow. */
  readonly first: number;
}

export class ChannelClasses {
  readonly #parents: number[] = [];
  readonly #frozenRoots = new Set<number>();
  readonly #channels = new Map<Value, Channels>();
  readonly #frozenValues = new Map<Value, string>();

  /**
   * The channels of the value along the axis; undefined (and frozen) where they were seen along another one, or where its
   * shape has no such axis or another length along it.
   */
  of(value: Value, axis: number, count: number): Channels | undefined {
    if (!mayHave(value, axis, count)) {
      this.freeze(value, 'its shape has no such channels');
      return undefined;
    }
    const known = this.#channels.get(value);
    if (known) {
      if (known.axis === axis && known.count === count) return known;
      this.freeze(value, 'its channels are read along two axes');
      return undefined;
    }
    const made = { axis, count, first: this.#parents.length };
    for (let c = 0; c < count; c++) this.#parents.push(made.first + c);
    this.#channels.set(value, made);
    if (this.#frozenValues.has(value)) this.#freezeAll(made);
    return made;
  }

  /** What is known of the value's channels so far. */
  known(value: Value | undefined): Channels | undefined {
    return value && this.#channels.get(value);
  }

  join(a: number, b: number): void {
    const [from, to] = [this.#root(a), this.#root(b)];
    if (from === to) return;
    this.#parents[from] = to;
    if (this.#frozenRoots.delete(from)) this.#frozenRoots.add(to);
  }

  /** Channel by channel; both have the same number of them. */
  joinAll(a: Channels, b: Channels): void {
    for (let c = 0; c < a.count; c++) this.join(a.first + c, b.first + c);
  }

  freeze(value: Value, reason: string): void {
    if (!this.#frozenValues.has(value)) this.#frozenValues.set(value, reason);
    const known = this.#channels.get(value);
    if (known) this.#freezeAll(known);
  }

  classOf(channel: number): number {
    return this.#root(channel);
  }

  isFrozen(channel: number): boolean {
    return this.#frozenRoots.has(this.#root(channel));
  }

  /** Values that were frozen themselves and have channels, with the reason. */
  *frozen(): Generator<readonly [Value, string]> {
    for (const [value, reason] of this.#frozenValues) if (this.#channels.has(value)) yield [value, reason];
  }

  get size(): number {
    return this.#parents.length;
  }

  #freezeAll({ first, count }: Channels): void {
    for (let c = 0; c < count; c++) this.#frozenRoots.add(this.#root(first + c));
  }

  #root(channel: number): number {
    let at = channel;
    for (let up = this.#parents[at] as number; up !== at; up = this.#parents[at] as number) {
      const next = this.#parents[up] as number;
      this.#parents[at] = next;
      at = next;
    }
    return at;
  }
}

function mayHave({ dims }: Value, axis: number, count: number): boolean {
  if (!dims) return axis >= 0;
  const length = dims[axis];
  return axis in dims && (typeof length !== 'number' || length === count);
}
