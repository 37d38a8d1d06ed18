/**
 * Flags of `quantize` that are the methods' options: derived from their TypeBox schemas, so that a new method or option
 * needs no edit here.
 *
 *   property       flag
 *   boolean        --per-channel, --no-per-channel      (help shows the one that changes something)
 *   literals       --activation <uint8|int8>
 *   number         --block-size <number>
 *   array          --exclude <item...>, or --overrides <JSON...> where the items are objects
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
  readonly items?: Schema;
}

/** A method as far as its flags go. */
export type FlagMethod = Pick<Method, 'id' | 'options'>;

/** Methods may give one option different choices: each form is kept with the methods that have it. */
interface Form {
  readonly schema: Schema;
  readonly methods: string[];
}
interface Flag {
  readonly name: string;
  readonly forms: Form[];
}

function optionsOf(method: FlagMethod): Readonly<Record<string, Schema>> {
  return (method.options as Schema).properties ?? {};
}

function collect(methods: readonly FlagMethod[]): readonly Flag[] {
  const flags = new Map<string, Flag>();
  for (const method of methods)
    for (const [name, schema] of Object.entries(optionsOf(method))) {
      const flag = flags.get(name) ?? { name, forms: [] };
      flags.set(name, flag);
      const alike = flag.forms.find(form => JSON.stringify(form.schema) === JSON.stringify(schema));
      if (alike) alike.methods.push(method.id);
      else flag.forms.push({ schema, methods: [method.id] });
    }
  return [...flags.values()];
}

/** Commander options, one or two for each option of any method. */
export function methodFlags(methods: readonly FlagMethod[]): readonly Option[] {
  return collect(methods).flatMap(({ name, forms }) => {
    const given = flagsOf(
      name,
      forms.map(({ schema }) => schema),
    );
    const shown = given.map((flag, index) => {
      const words = forms.map(form => wordsOf(name, form, methods.length, index === 1));
      return new Option(flag, words.join('; ')).helpGroup(GROUP);
    });
    // A switch has two flags; the one that only repeats the default is left out of the help.
    if (shown.length === 2) shown[forms[0]?.schema.default === true ? 0 : 1]!.hideHelp();
    return shown;
  });
}

function wordsOf(name: string, { schema, methods }: Form, methodCount: number, isNegation: boolean): string {
  const what = schema.description ?? name;
  const ids = kinds(schema);
  const notes = [
    ...(methods.length === methodCount ? [] : [methods.join(', ')]),
    ...(schema.default === undefined ? [] : [`default ${JSON.stringify(schema.default)}`]),
  ];
  return (
    [isNegation ? `Turns off: ${lowerFirst(what)}` : what, ...(ids.length > 0 ? [ids.join(', ')] : [])].join(
      ': ',
    ) + (notes.length > 0 ? ` (${notes.join('; ')})` : '')
  );
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

const GROUP = 'Options of the methods:';

function flagsOf(name: string, schemas: readonly Schema[]): readonly string[] {
  if (schemas.every(({ type }) => type === 'boolean')) return [`--${kebab(name)}`, `--no-${kebab(name)}`];
  const placeholders = schemas.flatMap(schema => placeholderOf(schema).split('|'));
  return [`--${kebab(name)} <${[...new Set(placeholders)].join('|')}>`];
}

function placeholderOf(schema: Schema): string {
  const choices = literals(schema);
  if (choices.length > 0) return choices.join('|');
  if (schema.type === 'array') return schema.items?.type === 'object' ? 'JSON...' : 'item...';
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
  for (const { name } of collect(methods)) {
    const given = parsed[name];
    if (given === undefined) continue;
    const schema = own[name];
    if (!schema)
      throw new BitpressError('invalid_spec', `--${kebab(name)} is not an option of ${id}`, {
        field: `method.${name}`,
        hint: `Options of ${id}: ${
          Object.keys(own)
            .map(each => `--${kebab(each)}`)
            .join(', ') || 'none'
        }.`,
      });
    spec[name] = readValue(name, schema, given);
  }
  return spec;
}

function readValue(name: string, schema: Schema, given: unknown): unknown {
  if (Array.isArray(given) && schema.items?.type === 'object')
    return given.map((item: string) => readValue(name, schema.items ?? {}, item));
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
