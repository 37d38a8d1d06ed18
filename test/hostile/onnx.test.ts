/** Broken and hostile ONNX files: each ends in an error of the catalogue, quickly, and never in another exception. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { validate } from '../../src/core/ir/validate.ts';
import { readModel } from '../../src/core/onnx/read.ts';
import { writeModel } from '../../src/core/onnx/write.ts';
import { type ErrorCode, isBitpressError } from '../../src/errors.ts';
import { fixture, hasFixtures } from '../support/fixtures.ts';
import { type ProtoField, proto, varint } from '../support/protobuf.ts';
import { RICH_MODEL } from '../support/rich-model.ts';

const ALLOWED: readonly ErrorCode[] = [
  'model_unreadable',
  'model_invalid',
  'model_limit_exceeded',
  'model_unsupported',
  'external_data_refused',
];

/** The code of the failure, or 'ok'; any other exception fails the test. */
function outcome(bytes: Uint8Array, limits = {}): string {
  try {
    const model = readModel(bytes, { limits });
    writeModel(model);
    validate(model);
    return 'ok';
  } catch (error) {
    if (isBitpressError(error) && ALLOWED.includes(error.code)) return error.code;
    throw error;
  }
}

/** Reproducible noise (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const edits = 1 + Math.floor(random() * 4);
  for (let edit = 0; edit < edits; edit++) {
    const at = Math.floor(random() * copy.length);
    if (random() < 0.7) copy[at] = Math.floor(random() * 256);
    else copy.copyWithin(at, Math.floor(random() * copy.length), at + Math.floor(random() * 64));
  }
  return copy;
}

describe('mutations', () => {
  it('of one of everything', () => {
    const random = randomOf(1);
    for (let n = 0; n < 4000; n++) outcome(mutate(RICH_MODEL, random));
  });

  it.skipIf(!hasFixtures)('of a real model (needs fixtures)', () => {
    const random = randomOf(2);
    const bytes = readFileSync(fixture('micro/gru/model.onnx'));
    for (let n = 0; n < 3000; n++) outcome(mutate(bytes, random));
  });
});

describe('truncation', () => {
  it('at every byte of one of everything is never read as a whole model with a graph', () => {
    for (let end = 0; end < RICH_MODEL.length; end++)
      expect(outcome(RICH_MODEL.subarray(0, end)), `${end} bytes`).toBe('model_unreadable');
  });

  it.skipIf(!hasFixtures)('at every 97th byte of a real model (needs fixtures)', () => {
    const bytes = readFileSync(fixture('micro/gemm_clip_gemm/model.onnx'));
    for (let end = 0; end < bytes.length; end += 97) outcome(bytes.subarray(0, end));
  });
});

const opset: ProtoField = [
  8,
  [
    [1, ''],
    [2, 17n],
  ],
];
const modelOf = (...graph: ProtoField[]): Buffer => proto([1, 8n], opset, [7, graph]);
const node = (op: string, inputs: string[], outputs: string[], ...rest: ProtoField[]): ProtoField => [
  1,
  [
    ...inputs.map((name): ProtoField => [1, name]),
    ...outputs.map((name): ProtoField => [2, name]),
    [3, 'the node'],
    [4, op],
    ...rest,
  ],
];
const input = (name: string): ProtoField => [11, [[1, name]]];
const initializer = (...fields: ProtoField[]): ProtoField => [5, [...fields, [8, 'w']]];

function nested(levels: number): ProtoField[] {
  let graph: ProtoField[] = [];
  for (let level = 0; level < levels; level++)
    graph = [
      node(
        'If',
        [],
        [],
        [
          5,
          [
            [1, 'then_branch'],
            [6, graph],
            [20, 5n],
          ],
        ],
      ),
    ];
  return graph;
}

describe('hostile files', () => {
  const cases: Record<string, [Uint8Array, string]> = {
    'no bytes': [new Uint8Array(), 'model_unreadable'],
    text: [Buffer.from('{"not": "a model"}'), 'model_unreadable'],
    'no graph': [proto([1, 8n], opset), 'model_unreadable'],
    'two graphs, which other readers merge': [proto([1, 8n], [7, []], [7, []]), 'model_unreadable'],
    'a varint without end': [Buffer.alloc(64, 0xff), 'model_unreadable'],
    'a length of 2^63': [Buffer.concat([Buffer.from([0x3a]), varint(2n ** 63n)]), 'model_unreadable'],
    'a group': [Buffer.from([0x0b, 0x0c]), 'model_unreadable'],
    'field number 0': [Buffer.from([0x00, 0x00]), 'model_unreadable'],
    'a graph that is a number': [proto([1, 8n], [7, 5n]), 'model_unreadable'],
    'a name that is not UTF-8': [modelOf([11, [[1, Buffer.from([0xc3])]]]), 'model_unreadable'],
    'IR version 0': [proto([1, 0n], opset, [7, []]), 'model_invalid'],
    'opset 0': [proto([1, 8n], [8, [[2, 0n]]], [7, []]), 'model_invalid'],
    'an undefined input': [modelOf(node('Relu', ['x'], ['y'])), 'model_invalid'],
    'an undefined output': [modelOf([12, [[1, 'y']]]), 'model_invalid'],
    'a name defined twice': [modelOf(input('x'), node('Relu', ['x'], ['x'])), 'model_invalid'],
    'a cycle': [modelOf(node('Relu', ['b'], ['a']), node('Relu', ['a'], ['b'])), 'model_invalid'],
    'a node that reads itself': [modelOf(node('Relu', ['a'], ['a'])), 'model_invalid'],
    'a node without a type': [modelOf(node('', [], ['a'])), 'model_invalid'],
    'an attribute twice': [modelOf(node('A', [], [], [5, [[1, 'k']]], [5, [[1, 'k']]])), 'model_invalid'],
    'an attribute without its graph': [
      modelOf(
        node(
          'If',
          [],
          [],
          [
            5,
            [
              [1, 'k'],
              [20, 5n],
            ],
          ],
        ),
      ),
      'model_invalid',
    ],
    'an operator of an unknown domain': [
      modelOf(node('Shell', [], [], [7, 'evil.corp'])),
      'model_unsupported',
    ],
    'a negative dimension': [modelOf(initializer([1, -1n], [2, 1n])), 'model_invalid'],
    'a huge tensor without data': [modelOf(initializer([1, 2n ** 40n], [2, 1n])), 'model_limit_exceeded'],
    'dimensions whose product overflows': [
      modelOf(initializer([1, 2n ** 62n], [1, 2n ** 62n], [1, 0n], [2, 1n])),
      'model_limit_exceeded',
    ],
    'a tensor with too little data': [modelOf(initializer([1, 4n], [2, 1n], [9, 'abc'])), 'model_invalid'],
    'a tensor with data twice': [
      modelOf(initializer([1, 1n], [2, 1n], [9, 'abcd'], [4, 1])),
      'model_invalid',
    ],
    'a tensor with data of another type': [modelOf(initializer([1, 1n], [2, 1n], [5, 1n])), 'model_invalid'],
    'a tensor of an unknown type': [modelOf(initializer([1, 1n], [2, 99n])), 'model_unsupported'],
    'a rank of 65': [modelOf(initializer(...Array(65).fill([1, 1n]), [2, 1n])), 'model_limit_exceeded'],
    'graphs 25 deep': [modelOf(...nested(25)), 'model_limit_exceeded'],
    'a function that calls itself': [
      proto(
        [1, 8n],
        opset,
        [7, []],
        [
          25,
          [
            [1, 'F'],
            [10, 'l'],
            [
              7,
              [
                [4, 'F'],
                [7, 'l'],
              ],
            ],
          ],
        ],
      ),
      'model_invalid',
    ],
    'functions that call each other': [
      proto(
        [1, 8n],
        opset,
        [7, []],
        [
          25,
          [
            [1, 'F'],
            [10, 'l'],
            [
              7,
              [
                [4, 'G'],
                [7, 'l'],
              ],
            ],
          ],
        ],
        [
          25,
          [
            [1, 'G'],
            [10, 'l'],
            [7, [[4, 'Relu']]],
            [
              7,
              [
                [4, 'F'],
                [7, 'l'],
              ],
            ],
          ],
        ],
      ),
      'model_invalid',
    ],
  };
  for (const [what, [bytes, code]] of Object.entries(cases))
    it(`${what}: ${code}`, () => {
      expect(outcome(bytes)).toBe(code);
    });

  it('graphs 23 deep are read', () => {
    expect(outcome(modelOf(...nested(23)))).toBe('ok');
  });

  it('each limit is named in its error', () => {
    for (const [limits, bytes] of [
      [{ maxFields: 10 }, RICH_MODEL],
      [
        { maxFields: 500 },
        modelOf(
          node(
            'A',
            [],
            [],
            [
              5,
              [
                [1, 'a thousand packed'],
                [8, Buffer.alloc(1000)],
                [20, 7n],
              ],
            ],
          ),
        ),
      ],
      [{ maxNodes: 2 }, RICH_MODEL],
      [{ maxStringBytes: 3 }, RICH_MODEL],
      [{ maxGraphDepth: 1 }, RICH_MODEL],
      [{ maxRank: 1 }, RICH_MODEL],
      [{ maxTensorBytes: 2 }, RICH_MODEL],
    ] as const)
      expect(() => readModel(bytes, { limits })).toThrow(
        expect.objectContaining({
          code: 'model_limit_exceeded',
          place: expect.objectContaining({ limit: Object.keys(limits)[0] }),
        }),
      );
  });
});
