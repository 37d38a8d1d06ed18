/** Static quantization: ranges of activations come from calibration data and are written into the model. */
import { type Static, type TSchema, Type } from 'typebox';
import { BitpressError } from '../../../errors.ts';
import { CALIBRATORS, DEFAULT_CALIBRATOR } from '../../calibration/index.ts';
import { Observers } from '../../calibration/observers.ts';
import { floatRewrites, HELPER_OPTIONS } from '../helpers/index.ts';
import { lowerToQdq } from '../lowerings/qdq.ts';
import { lowerToQOperator } from '../lowerings/qoperator.ts';
import type { Method, PlanContext } from '../method.ts';
import { FilterOptions, nodeFilter } from '../node-filter.ts';
import { gridOf, type QuantType } from '../qparams.ts';
import { guardSaturation, watchSaturation } from '../saturation/guard.ts';
import { type Selection, selectNodes } from '../static/selection.ts';
import { observedValues, planStatic, type StaticTypes } from '../static/static-plan.ts';

const oneOf = <const T extends readonly string[]>(values: T) =>
  Type.Union(values.map(value => Type.Literal(value)) as TSchema[]) as unknown as ReturnType<
    typeof Type.Unsafe<T[number]>
  >;

const calibrators = CALIBRATORS.all.map(calibrator =>
  Type.Object(
    { type: Type.Literal(calibrator.id), ...calibrator.options.properties },
    { additionalProperties: false, title: calibrator.title, description: calibrator.summary },
  ),
);

const options = Type.Object(
  {
    activation: Type.Optional({
      ...oneOf(['uint8', 'int8', 'uint16', 'int16']),
      default: 'uint8',
      description: 'Type of activations',
    }),
    weight: Type.Optional({ ...oneOf(['int8', 'uint8']), default: 'int8', description: 'Type of weights' }),
    perChannel: Type.Optional(
      Type.Boolean({ default: true, description: 'One weight scale per output channel' }),
    ),
    symmetricActivation: Type.Optional(
      Type.Boolean({ default: false, description: 'Zero in the middle of the activation grid' }),
    ),
    reduceRange: Type.Optional(
      Type.Boolean({ default: false, description: '7-bit weights, for CPUs whose 8-bit products saturate' }),
    ),
    saturationGuard: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          '7-bit weights only in the output channels whose sums saturate on CPUs without 8-bit dot products',
      }),
    ),
    bias: Type.Optional({
      ...oneOf(['auto', 'int32', 'float']),
      default: 'auto',
      description:
        'Type of biases; auto is int32 where integer kernels add it, which is with 8-bit activations',
    }),
    format: Type.Optional({
      ...oneOf(['qdq', 'qoperator']),
      default: 'qdq',
      description:
        'qdq: conversions around float operators, which runtimes fuse; qoperator: integer operators such as QLinearConv',
    }),
    calibrator: Type.Optional(
      Type.Unsafe<{ type: string } & Record<string, unknown>>(
        Type.Union(calibrators, {
          default: { type: DEFAULT_CALIBRATOR },
          description: 'How ranges are chosen',
        }),
      ),
    ),
    ...HELPER_OPTIONS,
    ...FilterOptions,
  },
  { additionalProperties: false },
);
type Options = Static<typeof options>;

function typesOf(o: Options): StaticTypes {
  return {
    activation: (o.activation ?? 'uint8') as QuantType,
    weight: (o.weight ?? 'int8') as QuantType,
    perChannel: o.perChannel ?? true,
    symmetricActivation: o.symmetricActivation ?? false,
    reduceRange: o.reduceRange ?? false,
    bias: (o.bias ?? 'auto') as StaticTypes['bias'],
  };
}

function selectionOf({ model, options: o, released }: PlanContext<Options>): Selection {
  return selectNodes(model.graph, nodeFilter(o, released));
}

export const staticInt8: Method<typeof options> = {
  id: 'static-int8',
  title: 'Static INT8',
  summary:
    'Weights and activations in 8 bits with ranges from calibration data: smallest and fastest, best for CNNs and MLPs.',
  options,
  data: 'required',
  check(o) {
    if (o.format === 'qoperator' && o.activation?.endsWith('16'))
      throw new BitpressError(
        'invalid_spec',
        `integer operators take 8-bit activations, not ${o.activation}`,
        {
          field: 'method.activation',
          hint: 'Use "format": "qdq" for 16-bit activations.',
        },
      );
    if (o.format === 'qoperator' && o.bias === 'float')
      throw new BitpressError('invalid_spec', 'integer operators take int32 biases, not float ones', {
        field: 'method.bias',
        hint: 'Use "format": "qdq" for float biases.',
      });
  },
  // 13 knows an axis, 21 the 16-bit types.
  opset: o => (o.activation?.endsWith('16') ? 21 : 13),
  rewrites: floatRewrites,
  observers(context) {
    const types = typesOf(context.options);
    const { type, ...rest } = context.options.calibrator ?? { type: DEFAULT_CALIBRATOR };
    const calibrator = CALIBRATORS.get(type);
    if (!calibrator) throw new Error(`no calibrator ${type}`);
    const grid = gridOf({ dtype: types.activation, symmetric: types.symmetricActivation });
    const observers = new Observers();
    for (const { name } of observedValues(context.model.graph, selectionOf(context)))
      observers.watch(name, calibrator.create(rest, grid));
    if (context.options.saturationGuard) watchSaturation(selectionOf(context).selected.keys(), observers);
    return observers;
  },
  plan(context, observers) {
    const { graph } = context.model;
    const plan = planStatic(graph, selectionOf(context), observers, typesOf(context.options));
    return context.options.saturationGuard ? guardSaturation(plan, graph, observers) : plan;
  },
  lower: (model, plan, o) =>
    o.format === 'qoperator' ? lowerToQOperator(model, plan) : lowerToQdq(model, plan),
};
