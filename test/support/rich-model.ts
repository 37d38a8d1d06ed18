/** A model with one of everything that an ONNX file may hold, as fields of the wire (onnx.proto, IR version 14). */
import { type ProtoField, proto } from './protobuf.ts';

const entry = (key: string, value: string): ProtoField[] => [
  [1, key],
  [2, value],
];
const tensorType = (elem: bigint, dims: ProtoField[] = []): ProtoField[] => [
  [
    1,
    [
      [1, elem],
      [2, dims],
    ],
  ],
];
const info = (name: string, type?: ProtoField[]): ProtoField[] => [
  [1, name],
  ...(type ? [[2, type] as const] : []),
];
const packed = (...values: number[]): Uint8Array => Uint8Array.from(values);
const tensor = (name: string, type: bigint, dims: bigint[], ...data: ProtoField[]): ProtoField[] => [
  ...dims.map((dim): ProtoField => [1, dim]),
  [2, type],
  ...data,
  [8, name],
];

const branch = (constant: number): ProtoField[] => [
  [
    1,
    [
      [1, 'x'],
      [1, 'bias'],
      [2, 'sum'],
      [4, 'Add'],
    ],
  ],
  [2, 'branch'],
  [5, tensor('bias', 1n, [1n], [4, constant])],
  [12, info('sum', tensorType(1n))],
];

/** Every way to store a payload; name, the ONNX type, the field. */
const TYPED: readonly ProtoField[][] = [
  tensor('t_raw', 1n, [2n], [9, packed(0, 0, 128, 63, 0, 0, 0, 64)], [12, 'a tensor'], [16, entry('k', 'v')]),
  tensor('t_float', 1n, [2n], [4, packed(0, 0, 128, 63, 0, 0, 0, 64)]),
  tensor('t_float_unpacked', 1n, [2n], [4, 1.5], [4, -2]),
  tensor('t_int32', 6n, [2n], [5, packed(1, 127)]),
  tensor('t_int8', 3n, [1n], [5, -3n]),
  tensor('t_half', 10n, [1n], [5, 0x3c00n]),
  tensor('t_bool', 9n, [2n], [5, packed(1, 0)]),
  tensor('t_int4', 22n, [3n], [5, packed(0x21, 0x0f)]),
  tensor('t_int64', 7n, [], [7, -(2n ** 63n)]),
  tensor('t_uint64', 13n, [1n], [11, 2n ** 64n - 1n]),
  tensor('t_double', 11n, [1n], [10, packed(0, 0, 0, 0, 0, 0, 240, 63)]),
  tensor('t_string', 8n, [2n], [6, 'one'], [6, packed(255, 0)]),
  tensor('t_empty', 1n, [0n, 4n]),
];

export const RICH_MODEL: Buffer = proto(
  [1, 10n],
  [2, 'maker'],
  [3, ''],
  [4, 'some.domain'],
  [5, 7n],
  [6, 'about'],
  [8, [[2, 21n]]],
  [
    8,
    [
      [1, 'local'],
      [2, 1n],
    ],
  ],
  [14, entry('author', 'nobody')],
  [14, entry('empty', '')],
  [20, [[1, [[2, 'init']]]]],
  [
    25,
    [
      [1, 'Twice'],
      [4, 'a'],
      [5, 'b'],
      [
        7,
        [
          [1, 'a'],
          [1, 'a'],
          [2, 'b'],
          [4, 'Add'],
        ],
      ],
      [10, 'local'],
    ],
  ],
  [26, [[1, 'device']]],
  [99, 'unknown'],
  [
    7,
    [
      [2, 'main'],
      [10, 'about the graph'],
      [
        1,
        [
          [1, 'x'],
          [2, 'y'],
          [3, 'n1'],
          [4, 'Twice'],
          [7, 'local'],
          [8, ''],
          [6, 'about the node'],
          [9, entry('node', 'data')],
          [77, 5n],
        ],
      ],
      [
        1,
        [
          [1, 'cond'],
          [2, 'z'],
          [2, ''],
          [4, 'If'],
          [7, 'ai.onnx'],
          [
            5,
            [
              [1, 'then_branch'],
              [6, branch(1)],
              [20, 5n],
              [13, 'about the branch'],
            ],
          ],
          [
            5,
            [
              [1, 'else_branch'],
              [6, branch(2)],
              [20, 5n],
            ],
          ],
        ],
      ],
      [
        1,
        [
          [1, 'z'],
          [1, ''],
          [2, 'w'],
          [4, 'Odd'],
          [7, 'local'],
          [
            5,
            [
              [1, 'f'],
              [2, 0.1],
              [20, 1n],
              [88, 'kept'],
            ],
          ],
          [
            5,
            [
              [1, 'i'],
              [3, 2n ** 63n - 1n],
              [20, 2n],
            ],
          ],
          [
            5,
            [
              [1, 'zero'],
              [3, 0n],
              [20, 2n],
            ],
          ],
          [
            5,
            [
              [1, 'unset'],
              [20, 2n],
            ],
          ],
          [
            5,
            [
              [1, 's'],
              [4, 'text'],
              [20, 3n],
            ],
          ],
          [
            5,
            [
              [1, 'blob'],
              [4, packed(255, 254)],
              [20, 3n],
            ],
          ],
          [
            5,
            [
              [1, 't'],
              [5, tensor('inner', 7n, [1n], [7, 5n])],
              [20, 4n],
            ],
          ],
          [
            5,
            [
              [1, 'floats'],
              [7, 1],
              [7, -0],
              [20, 6n],
            ],
          ],
          [
            5,
            [
              [1, 'packed'],
              [7, packed(0, 0, 128, 63)],
              [20, 6n],
            ],
          ],
          [
            5,
            [
              [1, 'ints'],
              [8, -1n],
              [8, 3n],
              [20, 7n],
            ],
          ],
          [
            5,
            [
              [1, 'strings'],
              [9, 'a'],
              [9, ''],
              [20, 8n],
            ],
          ],
          [
            5,
            [
              [1, 'none'],
              [20, 8n],
            ],
          ],
          [
            5,
            [
              [1, 'tensors'],
              [10, tensor('', 1n, [0n])],
              [20, 9n],
            ],
          ],
          [
            5,
            [
              [1, 'untyped'],
              [3, 4n],
            ],
          ],
          [
            5,
            [
              [1, 'type'],
              [14, tensorType(1n)],
              [20, 13n],
            ],
          ],
          [
            5,
            [
              [1, 'sparse'],
              [
                22,
                [
                  [1, tensor('v', 1n, [0n])],
                  [3, 4n],
                ],
              ],
              [20, 11n],
            ],
          ],
        ],
      ],
      ...TYPED.map((item): ProtoField => [5, item]),
      [
        15,
        [
          [1, tensor('sp', 1n, [1n], [4, 3])],
          [2, tensor('', 7n, [1n], [7, 2n])],
          [3, 4n],
        ],
      ],
      [
        11,
        info('x', [
          [
            1,
            [
              [1, 1n],
              [
                2,
                [
                  [
                    1,
                    [
                      [2, 'N'],
                      [3, 'BATCH'],
                    ],
                  ],
                  [1, []],
                  [1, [[1, 4n]]],
                ],
              ],
            ],
          ],
          [6, 'IMAGE'],
        ]),
      ],
      [11, [...info('cond', tensorType(9n)), [3, 'about the input'], [4, entry('in', 'put')]]],
      [11, info('t_raw', tensorType(1n, [[1, [[1, 2n]]]]))],
      [11, info('seq', [[4, [[1, tensorType(1n)]]]])],
      [12, info('w')],
      [12, info('x', tensorType(1n))],
      [12, info('y', tensorType(1n))],
      [12, info('sp', tensorType(1n))],
      [13, info('z', tensorType(1n))],
      [13, info('nobody', tensorType(1n))],
      [13, [...info('y', tensorType(1n)), [3, 'about y']]],
      [13, info('t_int8', tensorType(3n, [[1, [[1, 1n]]]]))],
      [
        14,
        [
          [1, 'y'],
          [2, entry('SCALE_TENSOR', 't_float')],
        ],
      ],
      [16, entry('graph', 'data')],
    ],
  ],
);
