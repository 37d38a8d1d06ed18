/**
 * An ordered, frozen, typed list of entries with ids: the one way this project is extended.
 *
 * Invariant: ids are unique; a duplicate stops the process at start-up, where the list is built.
 */
export interface Identified {
  readonly id: string;
}

export interface Registry<T extends Identified> {
  /** Entries in the order they were listed; order is meaning where the list is a sequence (passes). */
  readonly all: readonly T[];
  readonly ids: readonly string[];
  get(id: string): T | undefined;
}

/** An entry of a plain table by a name that a file holds, which may be "constructor" or "__proto__". */
export function lookup<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

export function registry<T extends Identified>(what: string, entries: readonly T[]): Registry<T> {
  const byId = new Map<string, T>();
  for (const entry of entries) {
    if (byId.has(entry.id)) throw new Error(`${what}: "${entry.id}" is registered twice`);
    byId.set(entry.id, entry);
  }
  return Object.freeze({
    all: Object.freeze([...entries]),
    ids: Object.freeze([...byId.keys()]),
    get: (id: string) => byId.get(id),
  });
}
