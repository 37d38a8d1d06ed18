/** External data: only regions of files that came with the model, read when asked for. */
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../../src/core/onnx/external-data.ts';
import { readModel } from '../../../src/core/onnx/read.ts';
import { writeModel } from '../../../src/core/onnx/write.ts';
import { elements } from '../../../src/core/tensor/tensor.ts';
import { buildModel, tensor } from '../../support/model-builder.ts';
import { type ProtoField, proto } from '../../support/protobuf.ts';

const source = (bytes: Uint8Array): ByteSource & { reads: number } => ({
  byteLength: bytes.byteLength,
  reads: 0,
  read(offset, length) {
    this.reads++;
    return bytes.subarray(offset, offset + length);
  },
});

const entries = (values: Record<string, string>): ProtoField[] =>
  Object.entries(values).map(
    ([key, value]): ProtoField => [
      13,
      [
        [1, key],
        [2, value],
      ],
    ],
  );

const external = (values: Record<string, string>): ProtoField[] => [
  [1, 2n],
  [2, 1n],
  [8, 'w'],
  ...entries(values),
  [14, 1n],
];

const modelWith = (graph: ProtoField[], ...rest: ProtoField[]): Buffer =>
  proto(
    [1, 8n],
    [
      8,
      [
        [1, ''],
        [2, 17n],
      ],
    ],
    [7, [[2, 'g'], ...graph, [12, [[1, 'w']]]]],
    ...rest,
  );

const model = (values: Record<string, string>): Buffer => modelWith([[5, external(values)]]);

describe('external data that is refused', () => {
  const files = new Map([['w.bin', source(new Uint8Array(16))]]);
  const hostile = [
    '',
    '.',
    '..',
    '../w.bin',
    './w.bin',
    '/etc/passwd',
    '.env',
    'C:\\w.bin',
    'w.bin\0',
    'a/w.bin',
    'W.BIN',
  ];
  for (const location of [...hostile, '*/_ORT_MEM_ADDR_/*', '__proto__', 'constructor'])
    it(`location ${JSON.stringify(location)}`, () => {
      expect(() => readModel(model({ location }), { externalFiles: files })).toThrow(
        expect.objectContaining({ code: 'external_data_refused', place: { field: 'w' } }),
      );
    });

  it('any file, where none was sent', () => {
    expect(() => readModel(model({ location: 'w.bin' }))).toThrow(
      expect.objectContaining({ code: 'external_data_refused' }),
    );
  });

  for (const [what, values] of Object.entries({
    'an offset beyond the end': { offset: '12' },
    'a negative offset': { offset: '-8' },
    'an offset that is no number': { offset: '0x10' },
    'an offset beyond exact numbers': { offset: '9999999999999999' },
    'a length that is not that of the shape': { length: '4' },
  }))
    it(what, () => {
      expect(() => readModel(model({ location: 'w.bin', ...values }), { externalFiles: files })).toThrow(
        expect.objectContaining({ code: 'model_invalid', place: { field: 'w' } }),
      );
    });

  it('inside what is carried unread: a function, training info, a sparse tensor, a list of tensors', () => {
    const hidden = external({ location: '.env' });
    const attribute: ProtoField[] = [
      [1, 'value'],
      [5, hidden],
      [20, 4n],
    ];
    const constant: ProtoField[] = [
      [2, 'c'],
      [4, 'Constant'],
      [5, attribute],
    ];
    const input: ProtoField = [11, [[1, 'w']]];
    for (const bytes of [
      modelWith(
        [input],
        [
          25,
          [
            [1, 'F'],
            [10, 'local'],
            [7, constant],
          ],
        ],
      ),
      modelWith([input], [20, [[1, [[1, constant]]]]]),
      modelWith([[15, [[1, hidden]]]]),
      modelWith([
        input,
        [
          1,
          [
            [2, 'c'],
            [4, 'X'],
            [
              5,
              [
                [1, 'v'],
                [10, hidden],
                [20, 9n],
              ],
            ],
          ],
        ],
      ]),
      modelWith([input, [1, constant]]),
    ])
      expect(() => readModel(bytes)).toThrow(expect.objectContaining({ code: 'external_data_refused' }));
  });
});

describe('external data that was sent along', () => {
  it('is read at each use and not before', () => {
    const file = source(new Uint8Array(new Float32Array([9, 1.5, -2, 9]).buffer));
    const read = readModel(model({ location: 'w.bin', offset: '4', length: '8' }), {
      externalFiles: new Map([['w.bin', file]]),
    });
    expect(file.reads).toBe(0);
    expect([...elements(read.graph.initializers[0]!.initializer!, 'float32')]).toEqual([1.5, -2]);
    expect(file.reads).toBe(1);
    const inline = readModel(Buffer.concat(writeModel(read).chunks));
    expect([...elements(inline.graph.initializers[0]!.initializer!, 'float32')]).toEqual([1.5, -2]);
  });

  it('is written page by page, what is small stays in the model, and comes back', () => {
    const built = buildModel({
      opset: 17,
      inputs: { x: ['float32', [2]] },
      initializers: {
        small: tensor('float32', [1], [5]),
        a: tensor('float32', [4], [1, 2, 3, 4]),
        b: tensor('float32', [4], [5, 6, 7, 8]),
      },
      nodes: [
        { op: 'Sum', in: ['a', 'b'], out: ['s'] },
        { op: 'Mul', in: ['s', 'small'], out: ['y'] },
      ],
      outputs: { y: ['float32', [4]] },
    });
    const written = writeModel(built, { externalData: { location: 'm.data', threshold: 16 } });
    const data = Buffer.concat([...written.external!.stream()]);
    expect(data.byteLength).toBe(4096 + 16);
    const back = readModel(Buffer.concat(written.chunks), {
      externalFiles: new Map([['m.data', source(data)]]),
    });
    expect(back.graph.initializers.map(value => [...elements(value.initializer!, 'float32')])).toEqual([
      [5],
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
    expect(
      writeModel(built, { externalData: { location: 'm.data', threshold: 17 } }).external,
    ).toBeUndefined();
  });
});
