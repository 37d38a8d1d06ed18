import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from 'typebox';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CliIo } from '../../src/cli/io.ts';
import { type CliDeps, runCli } from '../../src/cli/program.ts';
import type { RunJob } from '../../src/cli/runners/runner.ts';
import type { PlanPreview } from '../../src/contracts/preview.ts';
import { BitpressError } from '../../src/errors.ts';
import { buildReport } from '../../src/pipeline/build-report.ts';
import { stageResults } from '../support/stage-results.ts';

let dir: string;
let model: string;
let calib: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'bitpress-cli-'));
  model = join(dir, 'net.onnx');
  calib = join(dir, 'calib.npz');
  writeFileSync(model, 'model');
  writeFileSync(calib, 'data');
});
afterEach(() => rmSync(dir, { recursive: true }));

const report = buildReport(stageResults);
const planPreview: PlanPreview = {
  spec: {},
  target: 'cpu',
  model: { format: 'onnx', opset: 17, parameters: 10, fileBytes: 4000, operators: { Conv: 1, Tanh: 1 } },
  method: {
    id: 'static-int8',
    title: 'Static INT8',
    options: {},
    quantizedNodes: 1,
    absorbedNodes: 0,
    floatNodes: 1,
    artifactBytes: 1000,
    sizeRatio: 0.25,
    weightBytes: 900,
    operators: { Conv: 1, Tanh: 1 },
  },
  nodes: [
    { node: 'c1', opType: 'Conv', outcome: 'quantized' },
    {
      node: 'tanh',
      opType: 'Tanh',
      outcome: 'float',
      code: 'operator_not_supported',
      reason: 'computed in float',
    },
  ],
  data: { comparedSamples: 8 },
  memoryBytes: 2e8,
  warnings: [],
  recommendation: { method: 'static-int8', target: 'cpu', reason: 'Convolutions.' },
};
const missed = buildReport({ ...stageResults, gates: { minSpeedup: 9 } });

function setup(overrides: Partial<CliDeps> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const io: CliIo = {
    out: text => out.push(text),
    err: text => err.push(text),
    interactive: false,
    color: false,
    signal: new AbortController().signal,
  };
  const run = vi.fn<RunJob>(async (_spec, _files, progress) => {
    progress({ stage: 'calibrating', fraction: 0.5, message: '16 of 32 samples' });
    progress({ stage: 'calibrating', fraction: 1 });
    progress({ stage: 'quantizing', fraction: 0 });
    const artifacts = new Map(
      ['model.onnx', 'model.onnx.data', 'report.json', 'report.html', 'report.md'].map(name => {
        const path = join(dir, `produced-${name}`);
        writeFileSync(path, `the ${name}`);
        return [name, path];
      }),
    );
    return { report, artifacts, dispose: () => {} };
  });
  const deps: CliDeps = {
    version: '1.2.3',
    methods: [
      {
        id: 'static-int8',
        title: 'Static 8-bit',
        summary: 'Fast on a CPU.',
        data: 'required',
        options: Type.Object({
          perChannel: Type.Optional(Type.Boolean({ default: true, description: 'Per channel' })),
        }),
      },
    ],
    local: run,
    remote: () => run,
    inspect: async () => ({
      format: 'onnx',
      producer: 'pytorch\u001b[31m',
      opset: 17,
      inputs: [{ name: 'input', dtype: 'float32', shape: ['N', 1, 28, 28] }],
      outputs: [{ name: 'logits', dtype: 'float32', shape: [null, 10] }],
      fileBytes: 721_128,
      parameters: 177_178,
      operators: stageResults.reference.statistics.operators,
      warnings: [],
      methods: [{ id: 'float16', title: 'Float16', problem: 'no\u001b[31m' }],
      recommendation: { method: 'static-int8', target: 'cpu', reason: 'Convolutions.' },
    }),
    preview: async () => planPreview,
    compare: async () => report,
    serve: async () => {},
    work: async () => {},
    ...overrides,
  };
  return { out, err, run, cli: (...argv: string[]) => runCli(argv, deps, io) };
}

describe('quantize', () => {
  it('runs the job, places the files and prints the table', async () => {
    const { cli, run, out, err } = setup();
    const output = join(dir, 'small.onnx');
    const page = join(dir, 'r.html');
    const code = await cli(
      'quantize',
      model,
      '-o',
      output,
      '-c',
      calib,
      '--gate',
      'maxAccuracyDrop=0.01',
      '--no-per-channel',
      '-r',
      page,
    );
    expect(code).toBe(0);
    expect(run.mock.calls[0]![0]).toEqual({
      method: { type: 'static-int8', perChannel: false },
      gates: { maxAccuracyDrop: 0.01 },
    });
    expect(run.mock.calls[0]![1]).toEqual({ model: [model], calibration: calib });
    expect(readFileSync(output, 'utf8')).toBe('the model.onnx');
    expect(readFileSync(join(dir, 'model.onnx.data'), 'utf8')).toBe('the model.onnx.data');
    expect(readFileSync(page, 'utf8')).toBe('the report.html');
    expect(readdirSync(dir).filter(name => name.includes('.part-'))).toEqual([]);
    expect(out.join('\n')).toContain('verdict: pass');
    expect(out).toContain(`wrote ${output}`);
    // Elsewhere than on a terminal, one line a stage.
    expect(err).toEqual(['calibrating: 16 of 32 samples', 'quantizing']);
  });

  it('says before any work that an output cannot be written', async () => {
    for (const argv of [
      ['-o', join(dir, 'absent', 'small.onnx')],
      ['-o', dir],
      ['-o', join(dir, 'ok.onnx'), '-r', join(dir, 'absent', 'r.md')],
    ]) {
      const { cli, run, err } = setup();
      expect(await cli('quantize', model, '-c', calib, ...argv)).toBe(1);
      expect(err.join('\n')).toMatch(
        /^A file cannot be written: .*(there is no folder .*absent|is a folder)/,
      );
      expect(run).not.toHaveBeenCalled();
    }
  });

  it('finds external data beside the model, and takes more by name', async () => {
    const { cli, run } = setup();
    const [beside, other] = [`${model}.data`, join(dir, 'weights.bin')];
    for (const path of [beside, other]) writeFileSync(path, '');
    await cli('quantize', model, other, '-o', join(dir, 'o.onnx'), '-c', 'synthetic');
    expect(run.mock.calls[0]![1].model).toEqual([model, other, beside]);
    expect(run.mock.calls[0]![0]).toMatchObject({ calibration: { synthetic: true } });
  });

  it('prints the report and nothing else with --json', async () => {
    const { cli, out } = setup();
    await cli('quantize', model, '-o', join(dir, 'o.onnx'), '--json');
    expect(JSON.parse(out.join('\n'))).toEqual(JSON.parse(JSON.stringify(report)));
  });

  it('exits with 2 when a gate was missed, and still hands out the artifact', async () => {
    const { cli } = setup({
      local: async () => ({ report: missed, artifacts: new Map([['model.onnx', model]]), dispose: () => {} }),
    });
    const output = join(dir, 'o.onnx');
    expect(await cli('quantize', model, '-o', output)).toBe(2);
    expect(existsSync(output)).toBe(true);
  });

  it.each([
    ['a model that is not there', ['absent.onnx'], /there is no file absent\.onnx/],
    ['a calibration that is not there', ['MODEL', '-c', 'absent.npz'], /absent\.npz/],
    ['an unknown method', ['MODEL', '-m', 'magic'], /no method "magic".*\n.*static-int8/],
    ['writing over the model', ['MODEL', '-o', 'MODEL'], /is the model itself/],
    ['a report of no known kind', ['MODEL', '-r', 'report.pdf'], /must end in \.html/],
    ['a gate without value', ['MODEL', '--gate', 'minSqnrDb'], /--gate takes name=value/],
    ['an unknown flag', ['MODEL', '--fast'], /unknown option '--fast'/],
    ['no model', [], /missing required argument 'model'/],
  ])('exits with 1 and says so: %s', async (_, argv, message) => {
    const { cli, err, run } = setup();
    expect(await cli('quantize', ...argv.map(each => (each === 'MODEL' ? model : each)))).toBe(1);
    expect(err.join('\n')).toMatch(message);
    expect(run).not.toHaveBeenCalled();
  });

  it('shows title, detail and hint of a problem, harmless to the terminal', async () => {
    const { cli, err } = setup({
      local: async () => {
        throw new BitpressError('dataset_mismatch', 'array "\u001b[31mx" has the shape [3]');
      },
    });
    expect(await cli('quantize', model, '-o', join(dir, 'o.onnx'))).toBe(1);
    expect(err).toEqual([
      'The dataset does not fit the model: array "\\u001b[31mx" has the shape [3]',
      "Arrays are named like the model's inputs; axis 0 counts samples.",
    ]);
    expect(existsSync(join(dir, 'o.onnx'))).toBe(false);
  });
});

it('a hint of the catalogue names flags, one of the error stays', async () => {
  for (const [hint, shown] of [
    [undefined, /--calibration synthetic/],
    ['Do this.', /^Do this\.$/],
  ] as const) {
    const { cli, err } = setup({
      local: async () => {
        throw new BitpressError('calibration_required', 'no data', hint === undefined ? {} : { hint });
      },
    });
    await cli('quantize', model, '-o', join(dir, 'o.onnx'));
    expect(err[1]).toMatch(shown);
  }
});

describe('the other commands', () => {
  it('inspect', async () => {
    const { cli, out } = setup();
    expect(await cli('inspect', model)).toBe(0);
    expect(out[0]).toContain('onnx, opset 17, by pytorch\\u001b[31m');
    expect(out[0]).toContain('input   input: float32[N, 1, 28, 28]');
    expect(out[0]).toContain('output  logits: float32[?, 10]');
    expect(out[0]).toContain('Conv               26');
    expect(out[0]).toContain('recommended: static-int8 for cpu. Convolutions.');
    expect(out[0]).not.toContain('\u001b');
    expect(await cli('inspect', model, '--json')).toBe(0);
    expect(JSON.parse(out[1]!)).toMatchObject({ opset: 17 });
  });

  it('inspect with a method shows the plan; without data a static one is previewed all the same', async () => {
    const preview = vi.fn<CliDeps['preview']>(async () => planPreview);
    const { cli, out } = setup({ preview });
    expect(await cli('inspect', model, '-m', 'static-int8', '--no-per-channel', '--target', 'cpu')).toBe(0);
    expect(preview).toHaveBeenCalledWith(
      {
        method: { type: 'static-int8', perChannel: false },
        target: 'cpu',
        calibration: { synthetic: true },
      },
      { model: [model] },
    );
    expect(out[0]).toContain('1 nodes quantized, 0 absorbed, 1 float');
    expect(out[0]).toMatch(/c1 +Conv +quantized/);
    expect(out[0]).toMatch(/tanh +Tanh +float +computed in float/);
    expect(await cli('inspect', model, '-m', 'static-int8', '-c', calib)).toBe(0);
    expect(preview).toHaveBeenLastCalledWith(
      { method: { type: 'static-int8' } },
      { model: [model], calibration: calib },
    );
  });

  it('compare', async () => {
    const compare = vi.fn<CliDeps['compare']>(async () => missed);
    const { cli, out } = setup({ compare });
    expect(await cli('compare', 'a.onnx', 'b.onnx', '-d', calib, '--metric', 'top5')).toBe(2);
    expect(compare).toHaveBeenCalledWith(
      { reference: 'a.onnx', candidate: 'b.onnx', data: calib, spec: { metric: 'top5' } },
      expect.any(Function),
      expect.any(AbortSignal),
    );
    expect(out[0]).toContain('verdict: fail');
  });

  it('methods', async () => {
    const { cli, out } = setup();
    expect(await cli('methods')).toBe(0);
    const [methods, targets] = out[0]!.split('\n\n');
    expect(targets).toMatch(/^Targets.*\n +cpu +/);
    expect(methods).toBe(
      'static-int8: Static 8-bit; needs calibration data\n  Fast on a CPU.\n    --no-per-channel  Turns off: per channel (default true)',
    );
    expect(await cli('methods', '--json')).toBe(0);
    expect(JSON.parse(out[1]!)[0].options.properties).toHaveProperty('perChannel');
  });

  it('serve and worker', async () => {
    const [serve, work] = [vi.fn(async () => {}), vi.fn(async () => {})];
    const { cli } = setup({ serve, work });
    expect(await cli('serve')).toBe(0);
    expect(await cli('worker')).toBe(0);
    expect([serve.mock.calls.length, work.mock.calls.length]).toEqual([1, 1]);
  });

  it('says in one line why the service did not start', async () => {
    const serve = async (): Promise<void> => {
      throw new Error('PORT must be a whole number from 0 to 65535');
    };
    const { cli, err } = setup({ serve });
    expect(await cli('serve')).toBe(1);
    expect(err[0]).toBe('The service did not start: PORT must be a whole number from 0 to 65535');
  });

  it('--version and --help', async () => {
    const { cli, out } = setup();
    expect(await cli('--version')).toBe(0);
    expect(out[0]).toBe('1.2.3');
    expect(await cli('quantize', '--help')).toBe(0);
    const help = out.slice(1).join('\n');
    expect(help).toContain('Exit codes: 0 every gate passed');
    expect(help).toContain('Options of the methods:\n  --no-per-channel');
    expect(help.split('\n').every(line => line.length <= 120)).toBe(true);
  });

  it('an unknown command', async () => {
    const { cli, err } = setup();
    expect(await cli('squeeze')).toBe(1);
    expect(err.join('\n')).toMatch(/unknown command 'squeeze'/);
  });
});
