/**
 * Turns a selection and the observed ranges into a plan: parameters for every value, weight and bias.
 *
 * Invariant: pure; reads constants, writes nothing.
 */
import type { Range } from '../../calibration/observer.ts';
import type { Observers } from '../../calibration/observers.ts';
import { isOnlyUse } from '../../ir/edit.ts';
import type { Graph } from '../../ir/graph.ts';
import type { Node } from '../../ir/node.ts';
import type { Value } from '../../ir/value.ts';
import { walkNodes } from '../../ir/walk.ts';
import { operatorSpec } from '../../ops/index.ts';
import type { LinearSpec } from '../../ops/operator.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { ActivationQuant, NodeDecision, QuantPlan, WeightQuant } from '../plan.ts';
import { chooseQParams, type QuantType, roundHalfEven, typeRange } from '../qparams.ts';
import { chooseWeightQuant } from '../weights.ts';
import { shareConcatGrids } from './concat-grids.ts';
import { representatives } from './groups.ts';
import { quantizedValues, type SelectedNode, type Selection } from './selection.ts';
import { type ActivationType, activationTypes, bitsOf, type StaticTypes, type TypesOf } from './types.ts';

/** Values whose range must be observed: one per group of values that share parameters. */
export function observedValues(selection: Selection): readonly Value[] {
  const representative = representatives(selection);
  const found = new Set<Value>();
  for (const value of allQuantizedValues(selection)) {
    const source = representative(value);
    if (!fixedRange(source, selection)) found.add(source);
  }
  return [...found];
}

export function planStatic(
  graph: Graph,
  selection: Selection,
  observers: Observers,
  typesOf: TypesOf,
): QuantPlan {
  const typeOf = activationTypes(selection, typesOf);
  const representative = representatives(selection);
  const parameters = new Map<Value, ActivationQuant>();
  for (const value of allQuantizedValues(selection)) {
    const source = representative(value);
    if (!parameters.has(source))
      parameters.set(
        source,
        activationQuant(source, fixedRange(source, selection), observers, typeOf(source)),
      );
  }
  shareConcatGrids(selection, { parameters, representative, isAbsorbed });
  const parametersOf = (value: Value): ActivationQuant =>
    parameters.get(representative(value)) as ActivationQuant;

  const activations = new Map<string, ActivationQuant>();
  for (const value of allQuantizedValues(selection)) activations.set(value.name, parametersOf(value));

  const nodes = new Map<string, NodeDecision>();
  const outside = {
    code: 'operator_not_supported',
    text: 'it lies inside a subgraph whose values cannot be observed',
  } as const;
  for (const { node } of walkNodes(graph)) {
    const chosen = selection.selected.get(node);
    if (!chosen) nodes.set(node.name, { action: 'float', reason: selection.reasons.get(node) ?? outside });
    else if (
      chosen.spec.role === 'clip' &&
      isAbsorbed(node, chosen, parametersOf(node.outputs[0] as Value))
    ) {
      nodes.set(node.name, { action: 'absorb' });
      // Its input is no longer there: the producer writes the clipped value.
      activations.delete(node.inputs[0]?.name ?? '');
    } else nodes.set(node.name, decide(node, chosen, typesOf(node), typeOf));
  }
  return { activations, nodes };
}

function allQuantizedValues({ selected }: Selection): readonly Value[] {
  return [...selected].flatMap(([node, chosen]) => quantizedValues(node, chosen));
}

function fixedRange(value: Value, { selected }: Selection): Range | undefined {
  const spec = value.producer && selected.get(value.producer)?.spec;
  return spec?.role === 'arithmetic' ? spec.fixedRange : undefined;
}

function activationQuant(
  value: Value,
  fixed: Range | undefined,
  observers: Observers,
  { activation, symmetricActivation }: ActivationType,
): ActivationQuant {
  const range = fixed ?? observedRange(value, observers);
  if (!range) throw new Error(`no statistics for value ${value.name}`);
  const { scale, zeroPoint } = chooseQParams(range, { dtype: activation, symmetric: symmetricActivation });
  return { dtype: activation, scale, zeroPoint, ...(fixed ? {} : { range }) };
}

/**
 * When repair releases nodes, a moved value may stand alone that shared the statistics of what it was moved from: these
 * cover it, since moving adds no element (and padding or interpolating none outside the range).
 */
function observedRange(value: Value, observers: Observers): Range | undefined {
  const own = observers.range(value.name);
  if (own) return own;
  const source = value.producer?.inputs[0];
  return source && value.producer && operatorSpec(value.producer)?.role === 'movement'
    ? observedRange(source, observers)
    : undefined;
}

/**
 * A clip whose input shares the parameters of its output is an identity when the quantizer saturates no later than the
 * clip on either side: round(lo / scale) + zp <= qmin and round(hi / scale) + zp >= qmax.
 */
function isAbsorbed(
  node: Node,
  { spec, graph }: SelectedNode,
  { dtype, scale, zeroPoint }: ActivationQuant,
): boolean {
  const [input] = node.inputs;
  const [output] = node.outputs;
  if (spec.role !== 'clip' || !input || !output || !isOnlyUse(graph, input)) return false;
  const bounds = spec.bounds(node);
  if (!bounds) return false;
  const codes = typeRange(dtype);
  return (
    roundHalfEven(bounds.min / scale) + zeroPoint <= codes.min &&
    roundHalfEven(bounds.max / scale) + zeroPoint >= codes.max
  );
}

function decide(
  node: Node,
  { spec, inputs, outputs }: SelectedNode,
  types: StaticTypes,
  typeOf: (value: Value) => ActivationType,
): NodeDecision {
  const read = inputs.map(index => node.inputs[index]).find(value => value && !value.initializer);
  const { activation, symmetricActivation } = read ? typeOf(read) : types;
  const weights = new Map<number, WeightQuant>();
  for (const index of inputs) {
    const tensor = node.inputs[index]?.initializer;
    if (!tensor) continue;
    weights.set(
      index,
      spec.role === 'linear' && index === spec.weight
        ? weightQuant(node, spec, tensor, types)
        : // Beside an activation: on its kind of grid.
          chooseWeightQuant(tensor, {
            dtype: activation,
            symmetric: symmetricActivation,
          }),
    );
  }
  const bias = spec.role === 'linear' && takesIntegers(types, activation) ? spec.bias : undefined;
  const hasBias = bias !== undefined && node.inputs[bias]?.initializer?.dtype === 'float32';
  return { action: 'quantize', inputs, outputs, weights, ...(hasBias && { bias }) };
}

/**
 * An int32 bias only helps integer kernels, which take 8 bits on both sides; elsewhere the exact float bias stays. Beside
 * blocks, which have no scale per channel, there is none to give it.
 */
function takesIntegers({ bias, weight, blockSize }: StaticTypes, activation: QuantType): boolean {
  if (blockSize !== undefined || bias === 'float') return false;
  return bias === 'int32' || (bitsOf(activation) === 8 && bitsOf(weight) === 8);
}

function weightQuant(node: Node, spec: LinearSpec, tensor: Tensor, types: StaticTypes): WeightQuant {
  const { weight: dtype, perChannel, blockSize, reduceRange } = types;
  const blockAxis = blockSize === undefined ? undefined : spec.blockAxis?.(node, tensor.dims);
  const axis = perChannel ? spec.channelAxis(node, tensor.dims) : undefined;
  return chooseWeightQuant(tensor, {
    dtype,
    symmetric: !dtype.startsWith('u'),
    reduceRange,
    ...(blockAxis !== undefined ? { axis: blockAxis, blockSize } : axis !== undefined && { axis }),
  });
}
