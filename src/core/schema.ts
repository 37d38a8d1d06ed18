/**
 * Builds the schemas by which core declares its options, with the types and the very objects of TypeBox, without loading
 * it: the process of a job reads no untrusted JSON, and the library is two thirds of the modules it would import.
 *
 * Invariant: what is built equals what TypeBox builds, its properties that are not enumerable (`~kind`, `~optional`,
 * `~unsafe`) included, so that contracts and api hand these schemas to TypeBox as its own.
 */
import type { TSchema, Type as TypeBox } from 'typebox';

type Builder = Pick<
  typeof TypeBox,
  | 'Array'
  | 'Boolean'
  | 'Integer'
  | 'Literal'
  | 'Number'
  | 'Object'
  | 'Optional'
  | 'String'
  | 'Union'
  | 'Unsafe'
>;

type Properties = Readonly<Record<string, unknown>>;

function withHidden(schema: object, hidden: Properties): never {
  for (const [key, value] of Object.entries(hidden))
    Object.defineProperty(schema, key, { value, configurable: true, writable: true, enumerable: false });
  return schema as never;
}

const made = (kind: string, own: Properties, options: object = {}): never =>
  withHidden({ ...own, ...options }, { '~kind': kind });

/** A copy, hidden properties included, with one more of these. */
const marked = (schema: TSchema, mark: string, value: unknown): never =>
  withHidden(Object.defineProperties({}, Object.getOwnPropertyDescriptors(schema)), { [mark]: value });

const isRequired = (schema: TSchema): boolean => !Object.hasOwn(schema, '~optional');

export const Type: Builder = {
  Array: (items: TSchema, options?: object) => made('Array', { type: 'array', items }, options),
  Boolean: (options?: object) => made('Boolean', { type: 'boolean' }, options),
  Integer: (options?: object) => made('Integer', { type: 'integer' }, options),
  Literal: (value: unknown, options?: object) =>
    made('Literal', { type: typeof value, const: value }, options),
  Number: (options?: object) => made('Number', { type: 'number' }, options),
  Object(properties: Readonly<Record<string, TSchema>>, options?: object) {
    const required = Object.keys(properties).filter(key => isRequired(properties[key] as TSchema));
    return made('Object', { type: 'object', ...(required.length > 0 && { required }), properties }, options);
  },
  Optional: (schema: TSchema) => marked(schema, '~optional', true),
  String: (options?: object) => made('String', { type: 'string' }, options),
  Union: (anyOf: readonly TSchema[], options?: object) => made('Union', { anyOf }, options),
  Unsafe: (schema: TSchema) => marked(schema, '~unsafe', null),
};
