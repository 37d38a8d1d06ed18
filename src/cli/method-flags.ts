/**
 * Flags of `quantize` that are the methods' options: derived from their TypeBox schemas, so that a new method or option
 * needs no edit here.
 *
 *   property       flag
 *   boolean        --per-channel, --no-per-channel      (help shows the one that changes something)
 *   literals       --activation <uint8|int8>
 *   number         --block-size <number>
 *   array          --exclude <pattern...>
 *   object         --calibrator <id|JSON>               `mse` is short for {"type": "mse"}
 */
import { Option } from 'commander';
import type { Method } from '../core/quantization/method.ts';
import { BitpressError } from '../errors.ts';

/** The parts of JSON Schema that the option schemas are made of. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** A method as far as its flags go. */
export type FlagMethod = Pick<Method, 'id' | 'options'>;

interface Flag {
  readonly name: string;
  readonly schema: Schema;
  readonly methods: string[];
}

function optionsOf(method: FlagMethod): Readonly<Record<string, Schema>> {
  return (method.options as Schema).properties ?? {};
}

function collect(methods: readonly FlagMethod[]): readonly Flag[] {
  const flags = new Map<string, Flag>();
  for (const method of methods)
    for (const [name, schema] of Object.entries(optionsOf(method))) {
      const known = flags.get(name);
      if (known) known.methods.push(method.id);
      else flags.set(name, { name, schema, methods: [method.id] });
    }
  return [...flags.values()];
}

/** Commander options, one or two for each option of any method. */
export function methodFlags(methods: readonly FlagMethod[]): readonly Option[] {
  return collect(methods).flatMap(({ name, schema, methods: users }) => {
    const ids = kinds(schema);
    const notes = [
      ...(users.length === methods.length ? [] : [users.join(', ')]),
      ...(schema.default === undefined ? [] : [`default ${JSON.stringify(schema.default)}`]),
    ];
    const words =
      [schema.description ?? name, ...(ids.length > 0 ? [ids.join(', ')] : [])].join(': ') +
      (notes.length > 0 ? ` (${notes.join('; ')})` : '');
    const options = flagsOf(name, schema).map(given => new Option(given, words).helpGroup(GROUP));
    // A switch has two flags; the one that only repeats the default is left out of the help.
    if (options.length === 2) options[schema.default === true ? 0 : 1]!.hideHelp();
    return options;
  });
}

const GROUP = 'Options of the methods:';

function flagsOf(name: string, schema: Schema): readonly string[] {
  if (schema.type === 'boolean') return [`--${kebab(name)}`, `--no-${kebab(name)}`];
  return [`--${kebab(name)} <${placeholderOf(schema)}>`];
}

function placeholderOf(schema: Schema): string {
  const choices = literals(schema);
  if (choices.length > 0) return choices.join('|');
  if (schema.type === 'array') return 'item...';
  if (schema.type === 'number' || schema.type === 'integer') return 'number';
  if (schema.type === 'string') return 'text';
  return 'id|JSON';
}

/** The ids of a union of objects that are told apart by their `type`. */
function kinds(schema: Schema): readonly string[] {
  return (schema.anyOf ?? []).flatMap(one => one.properties?.type?.const ?? []).map(String);
}

function literals(schema: Schema): readonly string[] {
  const each = schema.anyOf ?? [];
  if (each.length > 0 && each.every(one => one.const !== undefined))
    return each.map(one => String(one.const));
  if (schema.enum) return schema.enum.map(String);
  return schema.const === undefined ? [] : [String(schema.const)];
}

/**
 * The method part of a spec from parsed flags.
 *
 * @throws BitpressError invalid_spec for a flag that the chosen method does not have, or a value that cannot be read
 */
export function methodSpec(
  methods: readonly FlagMethod[],
  id: string,
  parsed: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const method = methods.find(each => each.id === id);
  if (!method)
    throw new BitpressError('invalid_spec', `there is no method "${id}"`, {
      field: 'method',
      hint: `Methods are ${methods.map(each => each.id).join(', ')}; "bitpress methods" describes them.`,
    });
  const own = optionsOf(method);
  const spec: Record<string, unknown> = { type: id };
  for (const { name, schema } of collect(methods)) {
    const given = parsed[name];
    if (given === undefined) continue;
    if (!own[name])
      throw new BitpressError('invalid_spec', `--${kebab(name)} is not an option of ${id}`, {
        field: `method.${name}`,
        hint: `Options of ${id}: ${
          Object.keys(own)
            .map(each => `--${kebab(each)}`)
            .join(', ') || 'none'
        }.`,
      });
    spec[name] = readValue(name, own[name] ?? schema, given);
  }
  return spec;
}

function readValue(name: string, schema: Schema, given: unknown): unknown {
  if (typeof given !== 'string') return given;
  if (schema.type === 'number' || schema.type === 'integer') return readNumber(`--${kebab(name)}`, given);
  const choice = (schema.anyOf ?? []).find(one => String(one.const) === given);
  if (choice) return choice.const;
  if (schema.type === 'string' || literals(schema).length > 0) return given;
  if (!/^[[{"]/.test(given.trim())) return { type: given };
  try {
    return JSON.parse(given) as unknown;
  } catch {
    throw new BitpressError('invalid_spec', `--${kebab(name)} is neither an id nor JSON: ${given}`, {
      field: `method.${name}`,
    });
  }
}

export function readNumber(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new BitpressError('invalid_spec', `${flag} takes a number, not "${text}"`, { field: flag });
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
}
