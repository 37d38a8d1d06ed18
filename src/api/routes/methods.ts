/** What can be asked for: every method with the schema of its options and what each target makes of it. */
import { Type } from 'typebox';
import { closed } from '../../contracts/common.ts';
import { Preset, presetsOf } from '../../contracts/presets.ts';
import { ASKABLE } from '../../core/quantization/askable.ts';
import { TARGETS } from '../../core/quantization/targets/index.ts';
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
    presets: Type.Array(Preset, { description: 'By target' }),
  },
  closed,
);

const TargetDescription = Type.Object(
  { id: Type.String(), title: Type.String(), summary: Type.String() },
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
      presets: [{ target: 'cpu', options: {} }],
    },
  ],
  targets: [{ id: 'cpu', title: 'CPU', summary: 'onnxruntime on x86-64 with VNNI.' }],
};

export const methods: Routes = app => {
  let described: ReturnType<typeof describeAll> | undefined;
  app.get(
    '/v1/methods',
    {
      schema: {
        operationId: 'listMethods',
        tags: ['methods'],
        summary: 'Methods with their option schemas, and targets',
        response: {
          200: json(
            'The methods',
            Type.Object(
              { items: Type.Array(MethodDescription), targets: Type.Array(TargetDescription) },
              closed,
            ),
            METHODS_EXAMPLE,
          ),
          ...problems(),
        },
      },
    },
    async () => (described ??= describeAll()),
  );
};

/** Fills in every method's options for every target: milliseconds, for what never changes. */
function describeAll() {
  return {
    items: ASKABLE.all.map(method => {
      const { id, title, summary, data, options } = method;
      return { id, title, summary, calibration: data, options, presets: presetsOf(method) };
    }),
    targets: TARGETS.all.map(({ id, title, summary }) => ({ id, title, summary })),
  };
}
