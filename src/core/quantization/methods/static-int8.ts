/** Static quantization: ranges of activations come from calibration data and are written into the model. */
import type { Static } from 'typebox';
import { BitpressError } from '../../../errors.ts';
import { CALIBRATORS, DEFAULT_CALIBRATOR } from '../../calibration/index.ts';
import type { Grid, Observer } from '../../calibration/observer.ts';
import { Observers } from '../../calibration/observers.ts';
import type { Graph } from '../../ir/graph.ts';
import { padEveryAxis } from '../../passes/pad-every-axis.ts';
import { Type } from '../../schema.ts';
import { floatRewrites, HELPER_OPTIONS, planRefinement } from '../helpers/index.ts';
import { levelChannels } from '../helpers/level-channels.ts';
import { placeConstants } from '../helpers/planned-constants.ts';
import { scaleSearch } from '../helpers/scale-search.ts';
import { smoothNormalizations } from '../helpers/smooth-normalizations.ts';
import { lowerToQdq } from '../lowerings/qdq.ts';
import { lowerToQOperator } from '../lowerings/qoperator.ts';
import { requantizeMoves } from '../lowerings/requantize-moves.ts';
import type { Method, PlanContext } from '../method.ts';
import { FilterOptions, type NodeFilter, nodeFilter } from '../node-filter.ts';
import { checkMatches, NodeTypeOptions, Overrides, overriddenFilter, overriddenTypes } from '../overrides.ts';
import { gridOf } from '../qparams.ts';
import { guardSaturation, SATURATING, watchSaturation } from '../saturation/guard.ts';
import { betterInFloat } from '../static/better-in-float.ts';
import { selectReached } from '../static/reached.ts';
import { type Selection, selectNodes, weightedNodes } from '../static/selection.ts';
import { isExponent, slopeBelowZero } from '../static/slope-below-zero.ts';
import { observedValues, planStatic } from '../static/static-plan.ts';
import { activationTypes, type StaticTypes, type TypesOf } from '../static/types.ts';

const calibrators = CALIBRATORS.all.map(calibrator =>
  Type.Object(
    { type: Type.Literal(calibrator.id), ...calibrator.options.properties },
    { additionalProperties: false, title: calibrator.title, description: calibrator.summary },
  ),
);

const options = Type.Object(
  {
    activation: Type.Optional({ ...NodeTypeOptions.activation, default: 'uint8' }),
    weight: Type.Optional({ ...NodeTypeOptions.weight, default: 'int8' }),
    perChannel: Type.Optional({ ...NodeTypeOptions.perChannel, default: true }),
    blockSize: Type.Optional(NodeTypeOptions.blockSize),
    symmetricActivation: Type.Optional(
      Type.Boolean({ default: false, description: 'Zero in the middle of the activation grid' }),
    ),
    reduceRange: Type.Optional(
      Type.Boolean({ default: false, description: '7-bit weights, for CPUs whose 8-bit products saturate' }),
    ),
    saturationGuard: Type.Optional(
      Type.Boolean({
        description:
          '7-bit weights only in the output channels whose sums saturate on CPUs without 8-bit dot products; left out, the target decides',
      }),
    ),
    bias: Type.Optional({
      ...Type.Union([Type.Literal('auto'), Type.Literal('int32'), Type.Literal('float')]),
      default: 'auto',
      description:
        'Type of biases; auto is int32 where integer kernels add it, which is with 8-bit activations',
    }),
    format: Type.Optional({
      ...Type.Union([Type.Literal('qdq'), Type.Literal('qoperator')]),
      default: 'qdq',
      description:
        'qdq: conversions around float operators, which runtimes fuse; qoperator: integer operators such as QLinearConv',
    }),
    preferInteger: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Keep in 8 bits what is as fast and closer in float on a CPU: sums behind products, cheap last convolutions. For accelerators',
      }),
    ),
    calibrator: Type.Optional(
      Type.Unsafe<{ type: string } & Record<string, unknown>>(
        Type.Union(calibrators, {
          default: { type: DEFAULT_CALIBRATOR },
          description: 'How ranges are chosen',
        }),
      ),
    ),
    overrides: Type.Optional(Overrides),
    ...HELPER_OPTIONS,
    ...FilterOptions,
  },
  { additionalProperties: false },
);
type Options = Static<typeof options>;

function typesOf(o: Options): TypesOf {
  const base: StaticTypes = {
    activation: o.activation ?? 'uint8',
    weight: o.weight ?? 'int8',
    perChannel: o.perChannel ?? true,
    blockSize: o.blockSize,
    symmetricActivation: o.symmetricActivation ?? false,
    reduceRange: o.reduceRange ?? false,
    bias: o.bias ?? 'auto',
  };
  return overriddenTypes(base, o.overrides ?? []);
}

/** As the calibrator that is asked for makes them. */
function createObserver({ calibrator: asked }: Options): (grid: Grid) => Observer {
  const { type, ...rest } = asked ?? { type: DEFAULT_CALIBRATOR };
  const calibrator = CALIBRATORS.get(type);
  if (!calibrator) throw new Error(`no calibrator ${type}`);
  return grid => calibrator.create(rest, grid);
}

function filterOf(graph: Graph, o: Options, released: ReadonlyMap<string, string> = new Map()): NodeFilter {
  const asked = overriddenFilter(nodeFilter(o, released), o.overrides ?? []);
  const float = o.preferInteger ? undefined : betterInFloat(graph);
  return node => asked(node) ?? float?.(node);
}

/** With observers that have seen the samples: only what these reached. */
function selectionOf(
  { model, options: o, released }: PlanContext<Options>,
  observers?: Observers,
): Selection {
  const filter = filterOf(model.graph, o, released);
  return observers ? selectReached(model.graph, filter, observers) : selectNodes(model.graph, filter);
}

export const staticInt8: Method<typeof options> = {
  id: 'static-int8',
  title: 'Static INT8',
  summary:
    'Weights and activations in 8 bits with ranges from calibration data: smallest and fastest, best for CNNs and MLPs.',
  options,
  data: 'required',
  check: checkOptions,
  // 13 knows an axis; 21 the types of 4 and 16 bits, and blocks.
  opset: o => ([o, ...(o.overrides ?? [])].some(needsOpset21) ? 21 : 13),
  rewrites: o => {
    const select = (graph: Graph): Selection => selectNodes(graph, filterOf(graph, o));
    const smoothing = { select, typesOf: typesOf(o), createObserver: createObserver(o) };
    return [
      ...floatRewrites(o),
      ...((o.smoothQuant ?? 'auto') === 'auto' ? [smoothNormalizations(smoothing)] : []),
      levelChannels(select),
    ];
  },
  observers(context) {
    const { options: o, model } = context;
    checkMatches(o.overrides ?? [], model.graph);
    const create = createObserver(o);
    const clips = (o.calibrator?.type ?? DEFAULT_CALIBRATOR) === DEFAULT_CALIBRATOR;
    const unclipped = createObserver({ ...o, calibrator: { type: 'min-max' } });
    const selection = selectionOf(context);
    const typeOf = activationTypes(selection, typesOf(o));
    const observers = new Observers();
    for (const value of observedValues(selection)) {
      const { activation, symmetricActivation } = typeOf(value);
      const grid = gridOf({ dtype: activation, symmetric: symmetricActivation });
      const make = clips && isExponent(value) ? unclipped : create;
      observers.watch(value.name, make({ ...grid, belowZero: slopeBelowZero(value) }));
    }
    // The samples of a body come without the shapes that these need.
    const main = new Set(model.graph.nodes);
    if (o.saturationGuard)
      watchSaturation(
        [...selection.selected.keys()].filter(node => main.has(node)),
        observers,
      );
    planRefinement(o).watch(
      weightedNodes(selection).filter(node => main.has(node)),
      observers,
    );
    return observers;
  },
  plan(context, observers) {
    const { model, options: o } = context;
    const plan = planStatic(model.graph, selectionOf(context, observers), observers, typesOf(o));
    const guarded = o.saturationGuard
      ? guardSaturation(plan, model.graph, observers, SATURATING[o.format ?? 'qdq'])
      : plan;
    return planRefinement(o).refine(guarded, model.graph, observers);
  },
  tentative: o =>
    o.scaleSearch ? { without: { ...o, scaleSearch: false }, title: scaleSearch.title } : undefined,
  lower(model, plan, o) {
    padEveryAxis.run(model);
    placeConstants(model.graph, plan);
    (o.format === 'qoperator' ? lowerToQOperator : lowerToQdq)(model, plan);
    requantizeMoves(model);
  },
};

interface NodeTypes {
  readonly activation?: string;
  readonly weight?: string;
  readonly blockSize?: number;
}

const needsOpset21 = ({ activation, weight }: NodeTypes): boolean =>
  activation?.endsWith('16') === true || weight?.endsWith('4') === true;

function checkOptions(o: Options): void {
  if (o.format === 'qoperator' && needsOpset21(o))
    throw new BitpressError(
      'invalid_spec',
      `integer operators take 8-bit activations and weights, not ${o.activation} and ${o.weight}`,
      { field: 'method.format', hint: 'Use "format": "qdq" for types of 4 and 16 bits.' },
    );
  if (o.format === 'qoperator' && o.bias === 'float')
    throw new BitpressError('invalid_spec', 'integer operators take int32 biases, not float ones', {
      field: 'method.bias',
      hint: 'Use "format": "qdq" for float biases.',
    });
  const entries = [o, ...(o.overrides ?? [])];
  entries.forEach((entry, index) => {
    const field = index === 0 ? 'method' : `method.overrides.${index - 1}`;
    if (entry.blockSize !== undefined && !(entry.weight ?? o.weight)?.endsWith('4'))
      throw new BitpressError('invalid_spec', '"blockSize" is for 4-bit weights', {
        field: `${field}.blockSize`,
        hint: 'Set "weight" to "int4" or "uint4" beside it.',
      });
    if (
      'float' in entry &&
      (entry.activation ?? entry.weight ?? entry.perChannel ?? entry.blockSize) !== undefined
    )
      throw new BitpressError('invalid_spec', 'an override that keeps nodes in float has no other options', {
        field,
      });
  });
}
