/** What can be asked for: every method with the schema of its options. */
import { Type } from 'typebox';
import { closed } from '../../contracts/common.ts';
import { METHODS } from '../../core/quantization/methods/index.ts';
import { problems, type Routes } from '../route.ts';

const MethodDescription = Type.Object(
  {
    id: Type.String(),
    title: Type.String(),
    summary: Type.String(),
    calibration: Type.Unsafe<'none' | 'optional' | 'required'>(
      Type.Union([Type.Literal('none'), Type.Literal('optional'), Type.Literal('required')]),
    ),
    options: Type.Unknown({ description: 'JSON Schema of the options' }),
  },
  closed,
);

export const methods: Routes = app => {
  app.get(
    '/v1/methods',
    {
      schema: {
        operationId: 'listMethods',
        tags: ['methods'],
        summary: 'Methods with their option schemas',
        response: { 200: Type.Object({ items: Type.Array(MethodDescription) }, closed), ...problems },
      },
    },
    async () => ({
      items: METHODS.all.map(({ id, title, summary, data, options }) => ({
        id,
        title,
        summary,
        calibration: data,
        options,
      })),
    }),
  );
};
