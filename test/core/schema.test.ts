import { Type as TypeBox } from 'typebox';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { Type } from '../../src/core/schema.ts';

/** Every property with its descriptor, to the leaves: equality that hidden properties take part in. */
function described(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(Object.getOwnPropertyDescriptors(value)).map(([key, { value: of, ...flags }]) => [
    key,
    flags,
    described(of),
  ]);
}

type Builder = typeof Type;

const SAMPLES: Readonly<Record<string, (type: Builder) => object>> = {
  'an array with limits': type => type.Array(type.Number(), { minItems: 1 }),
  'a boolean': type => type.Boolean(),
  'an integer with a default': type => type.Integer({ default: 3, minimum: 1 }),
  'a number': type => type.Number({ exclusiveMinimum: 0, description: 'x' }),
  'a string': type => type.String({ maxLength: 2 }),
  'literals of each kind': type => type.Union([type.Literal('a'), type.Literal(1), type.Literal(true)]),
  'a union with a default': type =>
    type.Union([type.Literal('a'), type.Literal('b')], { default: 'a', description: 'y' }),
  'an object without properties': type => type.Object({}),
  'an object, all optional': type => type.Object({ a: type.Optional(type.Number()) }),
  'an object, some required': type =>
    type.Object(
      { a: type.Number(), b: type.Optional(type.Boolean({ default: true })), c: type.String() },
      { additionalProperties: false },
    ),
  'an unsafe union': type => type.Unsafe(type.Union([type.Literal(4), type.Literal(8)])),
  'an optional unsafe union': type => type.Optional(type.Unsafe(type.Union([type.Literal(4)]))),
};

describe('schemas of core', () => {
  for (const [name, build] of Object.entries(SAMPLES))
    it(`are those of TypeBox, hidden properties included: ${name}`, () => {
      expect(described(build(Type))).toEqual(described(build(TypeBox as unknown as Builder)));
    });

  it('are filled in and judged by TypeBox', () => {
    const schema = Type.Object(
      { bits: Type.Optional(Type.Integer({ default: 8, maximum: 8 })) },
      { additionalProperties: false },
    );
    expect(Value.Default(schema, {})).toEqual({ bits: 8 });
    expect(Value.Check(schema, { bits: 9 })).toBe(false);
    expect(Value.Check(schema, { other: 1 })).toBe(false);
  });
});
