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
    const value = Value.Default(schema, Value.Convert(schema, Value.Clone(input)));
    if (Value.Check(schema, value)) return { value };
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
