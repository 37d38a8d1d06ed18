/** The schema of an option that takes one of a list of values. */
import type { TSchemaOptions } from 'typebox';
import { Type } from '../schema.ts';

export const literals = <const T extends readonly (string | number)[]>(
  values: T,
  options: TSchemaOptions = {},
) =>
  Type.Unsafe<T[number]>(
    Type.Union(
      values.map(value => Type.Literal(value)),
      options,
    ),
  );
