/**
 * Path and query parameters by their schema: converted, defaulted, checked. Bodies are parsed by the contract itself,
 * which names what is wrong in them.
 */
import type { FastifySchemaCompiler } from 'fastify';
import type { TObject, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { BitpressError } from '../errors.ts';

export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  if (httpPart === 'body' || httpPart === 'headers') return () => true;
  const checker = Compile(schema);
  const hasDefaults = Object.values((schema as TObject).properties ?? {}).some(part => 'default' in part);
  return (input: unknown) => {
    // Nearly every request: strings that are as they should be.
    if (!hasDefaults && checker.Check(input)) return { value: input };
    const value = Value.Default(schema, fromText(schema, input));
    if (checker.Check(value)) return { value };
    const errors = Value.Errors(schema, value);
    const unknown = errors.find(error => error.keyword === 'additionalProperties');
    const field =
      unknown?.keyword === 'additionalProperties'
        ? unknown.params.additionalProperties[0]
        : errors[0]?.instancePath.slice(1);
    const choices = errors[0]?.keyword === 'enum' ? errors[0].params.allowedValues : undefined;
    const message = unknown
      ? 'is not a known parameter'
      : choices
        ? `must be one of ${choices.join(', ')}`
        : (errors[0]?.message ?? 'is not valid');
    return {
      error:
        httpPart === 'params'
          ? new BitpressError('not_found', `"${field}" ${message}`)
          : new BitpressError('invalid_request', `"${field}" ${message}`, { field: field ?? '' }),
    };
  };
};

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Parameters are text; only what reads as the type of its schema becomes that, so that "true" is no number. */
function fromText(schema: TSchema, input: unknown): unknown {
  const { properties = {} } = schema as { properties?: Readonly<Record<string, { readonly type?: string }>> };
  const entries = Object.entries(input as Record<string, unknown>);
  return Object.fromEntries(
    entries.map(([name, text]) => {
      const type = Object.hasOwn(properties, name) ? properties[name]?.type : undefined;
      if (typeof text !== 'string') return [name, text];
      if ((type === 'integer' || type === 'number') && NUMBER.test(text)) return [name, Number(text)];
      if (type === 'boolean' && (text === 'true' || text === 'false')) return [name, text === 'true'];
      return [name, text];
    }),
  );
}
