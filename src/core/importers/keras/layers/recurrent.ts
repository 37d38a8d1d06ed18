/** LSTM, GRU, SimpleRNN and RNN over one or several cells, forwards or backwards. */
import type { Value } from '../../../ir/value.ts';
import { isList, isObject, own } from '../config/json.ts';
import { attr, MAX_END, MIN_END } from '../graph/builder.ts';
import { KerasTensor } from '../graph/keras-tensor.ts';
import { asFloat, known } from '../shapes.ts';
import { tensorsIn } from '../topology/layer-call.ts';
import type { ChildConfig, LayerCall, LayerFamily, LayerSpec } from './layer.ts';
import type { Cell, CellKind } from './rnn-cell.ts';
import { cellOf, cellSpec, cellVariables } from './rnn-cell.ts';
import { compact } from './rnn-mask.ts';

/** What one direction gives, in the order of time. */
export interface Sequence {
  /** [batch, steps, units] */
  readonly outputs: Value;
  /** [batch, units]: the output of the step that was processed last. */
  readonly last: Value;
  /** [batch, units] each. */
  readonly states: readonly Value[];
  readonly units: number;
}

const recurrent: LayerSpec = {
  masking: 'own',
  variables: fields => cellVariables(fields, 'cell'),
  emit: call => outputsOf(call, runRecurrent(call, call.input, initialStates(call))),
};

const rnn: LayerSpec = {
  masking: 'own',
  children(fields): readonly ChildConfig[] {
    const cell = fields.json('cell');
    if (isList(cell))
      return [{ at: ['cell'], config: { class_name: 'StackedRNNCells', config: { cells: cell } } }];
    return [{ at: ['cell'], config: fields.object('cell') }];
  },
  emit: call => outputsOf(call, runRecurrent(call, call.input, initialStates(call))),
};

const stackedCells: LayerSpec = {
  ...cellSpec,
  variables: () => [],
  children(fields) {
    const cells = fields.json('cells');
    if (!isList(cells) || cells.length === 0) throw fields.bad('cells', 'must hold cells');
    const used = new Map<string, number>();
    return cells.map(config => {
      if (!isObject(config)) throw fields.bad('cells', 'must hold cells');
      const base = CELL_GROUPS[String(own(config, 'class_name'))] ?? 'cell';
      const index = used.get(base) ?? 0;
      used.set(base, index + 1);
      return { at: [`cells/${base}${index === 0 ? '' : `_${index}`}`], config };
    });
  },
};

const CELL_GROUPS: Readonly<Record<string, string>> = {
  LSTMCell: 'lstm_cell',
  GRUCell: 'gru_cell',
  SimpleRNNCell: 'simple_rnn_cell',
};

/** The cells of a layer, innermost call first, each with the call that owns its weights. */
function cellCalls(call: LayerCall): readonly { readonly kind: CellKind; readonly owner: LayerCall }[] {
  const { className, children } = call.layer;
  const kind = /^(LSTM|GRU|SimpleRNN)(V[12]|Cell)?$/.exec(className)?.[1];
  if (kind !== undefined) return [{ kind: kind as CellKind, owner: call }];
  return children.flatMap(({ layer }) => cellCalls(call.inside(layer)));
}

/** Runs all cells of a layer, one over the outputs of the other. */
export function runRecurrent(
  call: LayerCall,
  source: KerasTensor,
  initial: readonly KerasTensor[],
): Sequence {
  const { fields } = call;
  if (fields.bool('stateful', false))
    throw call.refuse(
      'it is stateful: its state would have to outlive a call of the model.',
      'Set stateful=False, or pass the states as inputs and outputs (initial_state, return_state).',
    );
  if (fields.bool('time_major', false))
    throw call.refuse('its input is time-major.', 'Set time_major=False.');
  const input = asFloat(call, source);
  if (input.rank !== 3) throw fields.bad('inbound_nodes', `it takes a tensor of rank 3, not ${input.rank}`);
  let sequence: Sequence | undefined;
  let width = known(call, input.shape[2], 'the last axis');
  const states: Value[] = [];
  let at = 0;
  for (const { kind, owner } of cellCalls(call)) {
    const cell = cellOf(owner, kind, width);
    const given = initial.slice(at, at + cell.states).map(state => call.layouts.plain(asFloat(call, state)));
    at += cell.states;
    sequence = runCell(call, cell, sequence?.outputs ?? call.layouts.plain(input), input.mask, given);
    states.push(...sequence.states);
    width = cell.units;
  }
  if (!sequence) throw fields.bad('cell', 'there is no cell');
  if (initial.length !== 0 && initial.length !== at)
    throw fields.bad('inbound_nodes', `it takes ${at} initial states, not ${initial.length}`);
  return { ...sequence, states };
}

function runCell(
  call: LayerCall,
  cell: Cell,
  input: Value,
  mask: Value | undefined,
  initial: readonly Value[],
): Sequence {
  const { builder: b, fields } = call;
  const reverse = fields.bool('go_backwards', false);
  const packed = mask && compact(call, input, mask, reverse);
  const timeMajor = b.transpose(packed?.input ?? input, [1, 0, 2]);
  const states = initial.map(state => b.op('Unsqueeze', [state, b.ints([0])]));
  const inputs = [timeMajor, ...cell.weights, packed?.lengths, ...states];
  while (inputs.at(-1) === undefined) inputs.pop();
  const results = b.ops(cell.opType, inputs, 1 + cell.states, {
    ...cell.attributes,
    ...(reverse && { direction: attr.text('reverse') }),
  });
  const all = b.op('Squeeze', [results[0], b.ints([1])]);
  const ordered = b.transpose(all, [1, 0, 2]);
  const finals = results.slice(1).map(value => b.op('Squeeze', [value, b.ints([0])]));
  const [hidden] = finals as [Value];
  if (!packed || !mask) return { outputs: ordered, last: hidden, states: finals, units: cell.units };
  // A sequence without a counting step leaves the state as it was and gives zeros.
  const kept = finals.map((value, index) =>
    b.op('Where', [packed.any, value, initial[index] ?? b.scalar(0)]),
  );
  const spread = packed.spread(ordered);
  const zeros = fields.bool('zero_output_for_mask', false);
  const outputs = zeros
    ? b.op('Where', [b.op('Unsqueeze', [mask, b.ints([2])]), spread, b.scalar(0)])
    : spread;
  const end = reverse ? b.slice(mask, 1, 0, 1) : b.slice(mask, 1, -1, MAX_END);
  const last = b.op('Where', [zeros ? end : packed.any, hidden, b.scalar(0)]);
  return { outputs, last, states: kept, units: cell.units };
}

/** States given as `initial_state`, or behind the sequence among the inputs. */
export function initialStates(call: LayerCall): readonly KerasTensor[] {
  const given = call.kwargs.get('initial_state') ?? call.args[1];
  const states = tensorsIn(given);
  return states.length > 0 ? states : call.inputs.slice(1);
}

function outputsOf(call: LayerCall, sequence: Sequence): readonly KerasTensor[] {
  const { fields, input } = call;
  const [batch = null, steps = null] = input.shape;
  const whole = fields.bool('return_sequences', false);
  const backwards = fields.bool('go_backwards', false);
  const output = whole
    ? new KerasTensor(
        backwards ? reverseTime(call, sequence.outputs) : sequence.outputs,
        [batch, steps, sequence.units],
        {
          mask: input.mask,
        },
      )
    : new KerasTensor(sequence.last, [batch, sequence.units]);
  if (!fields.bool('return_state', false)) return [output];
  return [output, ...sequence.states.map(state => new KerasTensor(state, [batch, sequence.units]))];
}

/** Keras gives the outputs of a backwards layer in the order of processing. */
function reverseTime({ builder }: LayerCall, value: Value): Value {
  return builder.slice(value, 1, -1, MIN_END, -1);
}

export const recurrentLayers: LayerFamily = {
  id: 'recurrent',
  layers: {
    LSTM: recurrent,
    LSTMV1: recurrent,
    LSTMV2: recurrent,
    GRU: recurrent,
    GRUV1: recurrent,
    GRUV2: recurrent,
    SimpleRNN: recurrent,
    RNN: rnn,
    StackedRNNCells: stackedCells,
    LSTMCell: cellSpec,
    GRUCell: cellSpec,
    SimpleRNNCell: cellSpec,
  },
};
