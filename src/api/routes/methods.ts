/** What can be asked for: every method with the schema of its options. */
import { Type } from 'typebox';
import { closed } from '../../contracts/common.ts';
import { METHODS } from '../../core/quantization/methods/index.ts';
import { json } from '../components.ts';
import { problems } from '../problems.ts';
import type { Routes } from '../route.ts';

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

const METHODS_EXAMPLE = {
  items: [
    {
      id: 'convert',
      title: 'Float ONNX',
      summary: 'The optimised float model itself, verified and measured.',
      calibration: 'none',
      options: { type: 'object', properties: {} },
    },
  ],
};

export const methods: Routes = app => {
  app.get(
    '/v1/methods',
    {
      schema: {
        operationId: 'listMethods',
        tags: ['methods'],
        summary: 'Methods with their option schemas',
        response: {
          200: json(
            'The methods',
            Type.Object({ items: Type.Array(MethodDescription) }, closed),
            METHODS_EXAMPLE,
          ),
          ...problems(),
        },
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
