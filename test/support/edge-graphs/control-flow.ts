/** Subgraphs and functions: values that cross borders, names that hide others. */
import type { Model } from '../../../src/core/ir/model.ts';
import { buildModel, subgraph, tensor } from '../model-builder.ts';
import { f32, ints, out, ROWS, scalar } from './parts.ts';

const yes = tensor('bool', [], [1]);

/** The state by the same matrix in each turn. */
const multiplyInTurns = (turns: number, size: number): Model =>
  buildModel({
    inputs: ROWS,
    initializers: { w: f32([16, 16], 1, size), n: tensor('int64', [], [turns]), go: yes },
    nodes: [
      {
        op: 'Loop',
        in: ['n', 'go', 'x'],
        out: ['y'],
        attrs: {
          body: subgraph({
            inputs: { i: ['int64', []], g: ['bool', []], s: ['float32', [4, 16]] },
            nodes: [
              { op: 'MatMul', in: ['s', 'w'], out: ['t'] },
              { op: 'Identity', in: ['g'], out: ['h'] },
            ],
            outputs: { h: ['bool', []], t: ['float32', [4, 16]] },
          }),
        },
      },
    ],
    outputs: out('y'),
  });

export const CONTROL_FLOW: Readonly<Record<string, () => Model>> = {
  'an If with a weight of its own in each branch': () =>
    buildModel({
      inputs: { ...ROWS, c: ['bool', []] },
      initializers: { v: f32([16, 8], 2) },
      nodes: [
        {
          op: 'If',
          in: ['c'],
          out: ['b'],
          attrs: {
            then_branch: subgraph({
              initializers: { w: f32([16, 16]) },
              nodes: [{ op: 'MatMul', in: ['x', 'w'], out: ['t'] }],
              outputs: out('t'),
            }),
            else_branch: subgraph({
              initializers: { w: f32([16, 16], 3) },
              nodes: [{ op: 'MatMul', in: ['x', 'w'], out: ['e'] }],
              outputs: out('e'),
            }),
          },
        },
        { op: 'MatMul', in: ['b', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'an If in an If that captures from both sides': () =>
    buildModel({
      inputs: { ...ROWS, c: ['bool', []] },
      initializers: { w: f32([16, 16]), v: f32([16, 16], 2) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        {
          op: 'If',
          in: ['c'],
          out: ['y'],
          attrs: {
            then_branch: subgraph({
              nodes: [
                { op: 'MatMul', in: ['a', 'v'], out: ['t0'] },
                {
                  op: 'If',
                  in: ['c'],
                  out: ['t'],
                  attrs: {
                    then_branch: subgraph({
                      nodes: [{ op: 'MatMul', in: ['t0', 'v'], out: ['tt'] }],
                      outputs: out('tt'),
                    }),
                    else_branch: subgraph({
                      nodes: [{ op: 'Add', in: ['t0', 'a'], out: ['te'] }],
                      outputs: out('te'),
                    }),
                  },
                },
              ],
              outputs: out('t'),
            }),
            else_branch: subgraph({
              nodes: [{ op: 'Identity', in: ['a'], out: ['e'] }],
              outputs: out('e'),
            }),
          },
        },
      ],
      outputs: out('y'),
    }),
  'a Loop that multiplies its state': () => multiplyInTurns(3, 0.5),
  'a Loop of six contracting turns': () => multiplyInTurns(6, 0.2),
  'a Scan over rows with a product inside': () =>
    buildModel({
      inputs: { x: ['float32', [5, 2, 16]] },
      initializers: { w: f32([16, 16], 1, 0.4), s0: f32([2, 16], 7, 0) },
      nodes: [
        {
          op: 'Scan',
          in: ['s0', 'x'],
          out: ['s', 'y'],
          attrs: {
            num_scan_inputs: 1,
            body: subgraph({
              inputs: { h: ['float32', [2, 16]], row: ['float32', [2, 16]] },
              nodes: [
                { op: 'Add', in: ['h', 'row'], out: ['u'] },
                { op: 'MatMul', in: ['u', 'w'], out: ['v'] },
                { op: 'Tanh', in: ['v'], out: ['k'] },
                { op: 'Identity', in: ['k'], out: ['o'] },
              ],
              outputs: { k: ['float32', [2, 16]], o: ['float32', [2, 16]] },
            }),
          },
        },
      ],
      outputs: out('s', 'y'),
    }),
  'a weight shared by the main graph and a branch': () =>
    buildModel({
      inputs: { ...ROWS, c: ['bool', []] },
      initializers: { w: f32([16, 16]), b: f32([16], 3) },
      nodes: [
        { op: 'Gemm', in: ['x', 'w', 'b'], out: ['a'] },
        {
          op: 'If',
          in: ['c'],
          out: ['y'],
          attrs: {
            then_branch: subgraph({
              nodes: [{ op: 'Gemm', in: ['a', 'w', 'b'], out: ['t'], attrs: { transB: 1 } }],
              outputs: out('t'),
            }),
            else_branch: subgraph({
              nodes: [{ op: 'Add', in: ['a', 'b'], out: ['e'] }],
              outputs: out('e'),
            }),
          },
        },
      ],
      outputs: out('y'),
    }),
  'Split into uneven parts that meet again': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 16]), parts: ints(3, 5, 8), v: f32([16, 8], 2) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        { op: 'Split', in: ['a', 'parts'], out: ['p', 'q', 'r'], attrs: { axis: 1 } },
        { op: 'Concat', in: ['r', 'p', 'q'], out: ['b'], attrs: { axis: -1 } },
        { op: 'MatMul', in: ['b', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'a Split with an output that nobody reads': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 16]), parts: ints(8, 8), v: f32([8, 8], 2) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        { op: 'Split', in: ['a', 'parts'], out: ['p', 'unread'], attrs: { axis: 1 } },
        { op: 'MatMul', in: ['p', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'sequences and optionals beside the path': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 16]), v: f32([16, 8], 2), zero: tensor('int64', [], [0]) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        { op: 'SequenceConstruct', in: ['a', 'x'], out: ['s'] },
        { op: 'SequenceAt', in: ['s', 'zero'], out: ['b'] },
        { op: 'MatMul', in: ['b', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'Dropout with an empty ratio and an unused mask': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 16]), v: f32([16, 8], 2), off: tensor('bool', [], [0]) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        { op: 'Dropout', in: ['a', '', 'off'], out: ['b', ''] },
        { op: 'MatMul', in: ['b', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'Clip with an empty lower bound': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 16]), hi: scalar(0.5), v: f32([16, 8], 2) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        { op: 'Clip', in: ['a', '', 'hi'], out: ['b'] },
        { op: 'MatMul', in: ['b', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
};
