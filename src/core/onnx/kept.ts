/**
 * What the reader found in a message beside what the IR holds; it rides in the IR's `wire` members.
 *
 * Invariant: an object that no pass touched is written with the fields it was read with. A scalar that was present
 * stays present, also where it has its default value.
 */
import type { ValueType } from '../ir/value.ts';
import type { Field } from './message.ts';
import type { Rope } from './rope.ts';

export class Kept {
  readonly fields: readonly Field[];

  constructor(fields: readonly Field[]) {
    this.fields = fields;
  }

  has(number: number): boolean {
    return this.fields.some(field => field.number === number);
  }
}

/** Beside an attribute: the value it was read with, to tell whether the records still say the same. */
export class KeptAttribute extends Kept {
  readonly value: unknown;

  constructor(fields: readonly Field[], value: unknown) {
    super(fields);
    this.value = value;
  }
}

export type Role = 'input' | 'output' | 'valueInfo';

/** Beside a value: its ValueInfoProto in each of the graph's lists, and the type they gave it. */
export class KeptValue {
  readonly infos = new Map<Role, Kept>();
  /** The record of a sparse initializer. */
  sparse: Uint8Array | undefined;
  readType: ValueType | undefined;
}

/** Beside a graph: the `value_info` list in file order; a name that no value bears is kept with its record. */
export class KeptGraph extends Kept {
  readonly infoNames: readonly string[];
  readonly dangling: ReadonlyMap<string, Uint8Array>;

  constructor(
    fields: readonly Field[],
    infoNames: readonly string[],
    dangling: ReadonlyMap<string, Uint8Array>,
  ) {
    super(fields);
    this.infoNames = infoNames;
    this.dangling = dangling;
  }
}

/** Beside a model: how each domain of `opset_import` was spelled; undefined where the field was absent. */
export class KeptModel extends Kept {
  readonly spelling: ReadonlyMap<string, string | undefined>;

  constructor(fields: readonly Field[], spelling: ReadonlyMap<string, string | undefined>) {
    super(fields);
    this.spelling = spelling;
  }
}

export function keptOf(wire: unknown): Kept | undefined {
  return wire instanceof Kept ? wire : undefined;
}

/** Writes the records that the IR has no member for. */
export function writeRest(out: Rope, kept: Kept | undefined, known: ReadonlySet<number>): void {
  for (const field of kept?.fields ?? []) if (!known.has(field.number)) out.raw(field.record);
}

/** Writes a text where it says something, or where the file had the field. */
export function writeText(out: Rope, number: number, text: string, kept: Kept | undefined): void {
  if (text !== '' || kept?.has(number)) out.string(number, text);
}
