/**
 * The fields of one layer's config, read with their type and range.
 *
 * Invariant: a field that is absent or null takes the fallback, where one is given; one of the wrong type or out of
 * range is `model_invalid` naming layer and field. Nothing is coerced.
 */
import { LIMITS } from '../limits.ts';
import { invalid } from '../problems.ts';
import type { Json, JsonObject } from './json.ts';
import { isList, isObject, own } from './json.ts';

export interface Range {
  readonly min?: number;
  readonly max?: number;
}

export class Fields {
  readonly raw: JsonObject;
  readonly layer: string;

  constructor(raw: JsonObject, layer: string) {
    this.raw = raw;
    this.layer = layer;
  }

  /** The field as it stands; undefined where it is absent. */
  json(name: string): Json | undefined {
    return own(this.raw, name);
  }

  has(name: string): boolean {
    return (this.json(name) ?? null) !== null;
  }

  number(name: string, fallback?: number): number {
    const value = this.#value(name, fallback);
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.bad(name, 'must be a number');
    return value;
  }

  int(
    name: string,
    { min = 0, max = LIMITS.dimension, fallback }: Range & { fallback?: number } = {},
  ): number {
    return this.#int(name, this.#value(name, fallback), min, max);
  }

  bool(name: string, fallback?: boolean): boolean {
    const value = this.#value(name, fallback);
    if (typeof value !== 'boolean') throw this.bad(name, 'must be true or false');
    return value;
  }

  text(name: string, fallback?: string): string {
    const value = this.#value(name, fallback);
    if (typeof value !== 'string') throw this.bad(name, 'must be a text');
    return value;
  }

  /** One of a set of words. */
  choice<const T extends string>(name: string, choices: readonly T[], fallback?: T): T {
    const value = this.text(name, fallback);
    const found = choices.find(choice => choice === value);
    if (found === undefined) throw this.bad(name, `"${value}" is none of ${choices.join(', ')}`);
    return found;
  }

  /** `rank` integers; a single one stands for all. */
  ints(
    name: string,
    rank: number,
    { min = 0, fallback }: Range & { fallback?: number } = {},
  ): readonly number[] {
    const value = this.#value(name, fallback);
    const list = isList(value) ? value : new Array<Json | undefined>(rank).fill(value);
    if (list.length !== rank) throw this.bad(name, `must hold ${rank} integers`);
    return list.map(item => this.#int(name, item, min, LIMITS.dimension));
  }

  /** Integers of any count; a single one is a list of one. Negative ones are allowed (axes). */
  intList(name: string, fallback?: readonly number[]): readonly number[] {
    const value = this.#value(name, fallback);
    const list = isList(value) ? value : [value];
    return list.map(item => this.#int(name, item, -LIMITS.dimension, LIMITS.dimension));
  }

  object(name: string): JsonObject {
    const value = this.json(name);
    if (!isObject(value)) throw this.bad(name, 'must be an object');
    return value;
  }

  bad(name: string, detail: string): Error {
    return invalid(this.layer, name, `bad ${name}: ${detail}.`);
  }

  #value(name: string, fallback: Json | undefined): Json | undefined {
    const value = this.json(name) ?? undefined;
    return value === undefined ? fallback : value;
  }

  #int(name: string, value: Json | undefined, min: number, max: number): number {
    if (typeof value !== 'number' || !Number.isInteger(value))
      throw this.bad(name, value === undefined ? 'it is missing' : 'must be an integer');
    if (value < min || value > max) throw this.bad(name, `${value} is not between ${min} and ${max}`);
    return value;
  }
}
