/** The target cpu on a CPU whose 8-bit sums saturate: what the spec leaves open, what it names, and what comes out. */
import { describe, expect, test } from 'vitest';
import { parseSpec } from '../../src/contracts/parse-spec.ts';
import { sumsSaturate } from '../../src/pipeline/dot-products.ts';
import { onThisCpu, saturationNotes } from '../../src/pipeline/on-this-cpu.ts';
import { describeHost } from '../../src/platform/host.ts';
import { localPorts } from '../support/local-ports.ts';
import { buildModel, tensor } from '../support/model-builder.ts';
import { quantizeGraph } from '../support/quantize-graph.ts';
import { uniform } from '../support/seeded.ts';

const OLD = { int8Instructions: ['avx2'] };
const NEW = { int8Instructions: ['avx2', 'avx512_vnni'] };
const ARM = { int8Instructions: ['asimddp', 'i8mm'] };

function optionsOn(host: typeof OLD, method: string | Record<string, unknown>, target = 'cpu') {
  const { type, ...options } = parseSpec({ method, target }).method;
  return onThisCpu({ id: type }, options, target, host);
}

describe('options', () => {
  test.each([
    ['static-int8', 'saturationGuard'],
    ['dynamic-int8', 'reduceRange'],
  ])('%s: the CPU decides %s where the spec does not', (type, option) => {
    expect(optionsOn(OLD, type)[option]).toBe(true);
    expect(optionsOn(NEW, type)[option]).toBeUndefined();
    expect(optionsOn(ARM, type)[option]).toBeUndefined();
    expect(optionsOn(OLD, type, 'web')[option]).toBeUndefined();
    expect(optionsOn(OLD, { type, [option]: false })[option]).toBe(false);
  });

  test('uint8 weights do not saturate: they keep their bits', () => {
    expect(optionsOn(OLD, { type: 'dynamic-int8', weight: 'uint8' }).reduceRange).toBeUndefined();
  });

  test('what cpu becomes is what cpu-avx2 is', () => {
    for (const type of ['static-int8', 'dynamic-int8'])
      expect(optionsOn(OLD, type)).toEqual(optionsOn(NEW, type, 'cpu-avx2'));
  });
});

describe('notes', () => {
  const notes = (method: string | Record<string, unknown>, target: string, host = OLD) => {
    const { type } = parseSpec({ method, target }).method;
    return saturationNotes({ id: type }, optionsOn(host, method, target), target, host).join();
  };

  test('say what was decided, and how to have it otherwise', () => {
    expect(notes('static-int8', 'cpu')).toMatch(/"saturationGuard" is on.*false is closer/);
    expect(notes('dynamic-int8', 'cpu')).toMatch(/"reduceRange" is on/);
    expect(notes({ type: 'static-int8', saturationGuard: false }, 'cpu')).toMatch(/less exact here/);
    expect(notes('static-int8', 'arm64')).toMatch(/may be worse here than there/);
  });

  test.each([
    ['static-int8', 'cpu', NEW],
    ['static-int8', 'cpu-avx2', OLD],
    ['weight-only-int8', 'cpu', OLD],
    [{ type: 'static-int8', activation: 'uint16' }, 'cpu', OLD],
    [{ type: 'static-int8', weight: 'uint8' }, 'cpu', OLD],
  ] as const)('say nothing of %j for %s', (method, target, host) => {
    expect(notes(method, target, { int8Instructions: [...host.int8Instructions] })).toBe('');
  });
});

// Large weights of one sign: nearly every pair of products saturates.
const [K, N] = [64, 32];
const model = () =>
  buildModel({
    opset: 17,
    inputs: { x: ['float32', ['B', K]] },
    initializers: {
      w: tensor(
        'float32',
        [K, N],
        [...uniform(K * N, 1)].map(u => 0.4 + 0.6 * u),
      ),
    },
    nodes: [{ op: 'MatMul', in: ['x', 'w'], out: ['y'] }],
    outputs: { y: ['float32', ['B', N]] },
  });

const METHODS = ['static-int8', 'dynamic-int8'];

test.each(METHODS)('%s: the report shows what the CPU decided', async type => {
  const host = { ...localPorts.host, ...OLD };
  const { report } = await quantizeGraph(model(), { type }, {}, { host });
  expect(report.method.options).toMatchObject(
    type === 'static-int8' ? { saturationGuard: true } : { reduceRange: true },
  );
  expect(report.warnings.join()).toContain('sums of uint8 by int8 products saturate');
});

describe.skipIf(!sumsSaturate(describeHost()))('on the kernels (needs a CPU whose sums saturate)', () => {
  test.each(METHODS)('%s: weights as they are collapse, the default holds', async type => {
    const off = type === 'static-int8' ? { saturationGuard: false } : { reduceRange: false };
    const worst = async (method: Record<string, unknown>) =>
      (await quantizeGraph(model(), method, { gates: { minSqnrDb: 0 } })).report.outputs[0]?.sqnrDb;
    expect(await worst({ type, ...off })).toBeLessThan(25);
    expect(await worst({ type })).toBeGreaterThan(35);
  });
});
