/** RFC 9457 problem details, with the catalogue's code and hint. https://www.rfc-editor.org/rfc/rfc9457 */
import { type Static, Type } from 'typebox';
import { CATALOGUE, type ErrorCode } from '../errors.ts';
import { closed, oneOf } from './common.ts';

export const PROBLEM_TYPE = 'application/problem+json';

export const Problem = Type.Object(
  {
    type: Type.String({
      description: 'URI reference of the kind of problem',
      examples: ['/docs#invalid_spec'],
    }),
    code: oneOf(Object.keys(CATALOGUE) as ErrorCode[], { description: 'Stable code' }),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    title: Type.String(),
    detail: Type.String(),
    hint: Type.String({ description: 'What to change' }),
    instance: Type.Optional(Type.String({ description: 'Id of the request, as in the log' })),
    node: Type.Optional(Type.String({ description: 'Node of the model' })),
    field: Type.Optional(Type.String({ description: 'Field of the request' })),
    limit: Type.Optional(Type.String({ description: 'Limit that was exceeded' })),
  },
  { ...closed, title: 'Problem' },
);
export type Problem = Static<typeof Problem>;
