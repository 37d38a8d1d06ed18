import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { type FlagMethod, methodFlags, methodSpec } from '../../src/cli/method-flags.ts';

const literals = (...values: string[]) => Type.Union(values.map(value => Type.Literal(value)));
const METHODS = [
  {
    id: 'static-int8',
    options: Type.Object({
      activation: Type.Optional({
        ...literals('uint8', 'int8'),
        default: 'uint8',
        description: 'Type of activations',
      }),
      perChannel: Type.Optional(Type.Boolean({ default: true, description: 'One scale per channel' })),
      exclude: Type.Optional(Type.Array(Type.String(), { description: 'Nodes that stay float' })),
      calibrator: Type.Optional(
        Type.Union([
          Type.Object({ type: Type.Literal('mse') }),
          Type.Object({ type: Type.Literal('percentile') }),
        ]),
      ),
    }),
  },
  { id: 'weight-only', options: Type.Object({ blockSize: Type.Optional(Type.Integer({ default: 32 })) }) },
  { id: 'convert', options: Type.Object({}) },
];

describe('methodFlags', () => {
  it('derives flags from the schemas', () => {
    expect(methodFlags(METHODS).map(option => option.flags)).toEqual([
      '--activation <uint8|int8>',
      '--per-channel',
      '--no-per-channel',
      '--exclude <item...>',
      '--calibrator <id|JSON>',
      '--block-size <number>',
    ]);
  });

  it('says which methods have them and what the default is', () => {
    const visible = methodFlags(METHODS).filter(option => !option.hidden);
    expect(visible[1]!.flags).toBe('--no-per-channel');
    const help = methodFlags(METHODS).map(option => option.description);
    expect(help[0]).toBe('Type of activations (static-int8; default "uint8")');
    expect(help[4]).toBe('calibrator: mse, percentile (static-int8)');
    expect(help[5]).toBe('blockSize (weight-only; default 32)');
    expect(methodFlags([METHODS[0]!])[0]!.description).toBe('Type of activations (default "uint8")');
  });
});

describe('one option of several methods', () => {
  const union = (...values: string[]) => Type.Union(values.map(value => Type.Literal(value)));
  const methods: readonly FlagMethod[] = [
    {
      id: 'static-int8',
      options: Type.Object({
        format: Type.Optional({ ...union('qdq', 'qoperator'), default: 'qdq', description: 'Form' }),
        overrides: Type.Optional(Type.Array(Type.Object({ match: Type.String() }))),
      }),
    },
    {
      id: 'weight-only',
      options: Type.Object({
        format: Type.Optional({ ...union('qdq', 'matmulnbits'), default: 'matmulnbits', description: 'How' }),
      }),
    },
  ];

  it('shows the choices of all of them, and each description with its methods', () => {
    const [format, overrides] = methodFlags(methods);
    expect(format?.flags).toBe('--format <qdq|qoperator|matmulnbits>');
    expect(format?.description).toBe(
      'Form (static-int8; default "qdq"); How (weight-only; default "matmulnbits")',
    );
    expect(overrides?.flags).toBe('--overrides <JSON...>');
  });

  it('reads a list of objects', () => {
    const parsed = { overrides: ['{"match":"/head/*"}', '{"match":"/b"}'] };
    expect(methodSpec(methods, 'static-int8', parsed).overrides).toEqual([
      { match: '/head/*' },
      { match: '/b' },
    ]);
  });
});

describe('methodSpec', () => {
  it('reads values by their schema', () => {
    const parsed = {
      activation: 'int8',
      perChannel: false,
      exclude: ['/head/*'],
      calibrator: 'mse',
      other: 1,
    };
    expect(methodSpec(METHODS, 'static-int8', parsed)).toEqual({
      type: 'static-int8',
      activation: 'int8',
      perChannel: false,
      exclude: ['/head/*'],
      calibrator: { type: 'mse' },
    });
    expect(methodSpec(METHODS, 'weight-only', { blockSize: '64' })).toEqual({
      type: 'weight-only',
      blockSize: 64,
    });
    const json = '{"type":"percentile","percentile":99.9}';
    expect(methodSpec(METHODS, 'static-int8', { calibrator: json }).calibrator).toEqual({
      type: 'percentile',
      percentile: 99.9,
    });
  });

  it.each([
    ['nothing', {}, /no method "nothing"/],
    ['convert', { perChannel: true }, /--per-channel is not an option of convert/],
    ['weight-only', { blockSize: 'big' }, /--block-size takes a number, not "big"/],
    ['static-int8', { calibrator: '{"type":' }, /--calibrator is neither an id nor JSON/],
  ])('refuses for %s: %j', (id, parsed, message) => {
    expect(() => methodSpec(METHODS, id, parsed)).toThrow(
      expect.objectContaining({ code: 'invalid_spec', message: expect.stringMatching(message) }),
    );
  });
});
