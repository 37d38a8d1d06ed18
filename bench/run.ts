/**
 * `npm run bench`: Bitpress and onnxruntime.quantization on the same files, in turn, several rounds, medians.
 *
 * The Python of the reference is named by --python or BITPRESS_BENCH_PYTHON; without one only our side is measured.
 * Options: --rounds N, --only TEXT (cases whose id holds it), --json FILE, --no-judge, --list.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseSpec } from '../src/contracts/parse-spec.ts';
import { describeHost } from '../src/platform/host.ts';
import { ENGINE_VERSION } from '../src/version.ts';
import { CASES, type Case } from './cases.ts';
import { compile, node, type Program, python, runChild } from './child.ts';
import { type Inputs, prepareInputs } from './inputs.ts';
import type { BenchReport, CaseResult, Side } from './results.ts';
import { renderTable } from './table.ts';
import type { Measured, Task } from './task.ts';

const DEFAULT_ROUNDS = 3;
/** Made once, and kept between runs. */
const FILES = fileURLToPath(new URL('.files/', import.meta.url));

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: String(DEFAULT_ROUNDS) },
    only: { type: 'string' },
    python: { type: 'string', default: process.env.BITPRESS_BENCH_PYTHON ?? '' },
    json: { type: 'string' },
    'no-judge': { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const chosen = CASES.filter(({ id, onDemand }) =>
  flags.only === undefined ? !onDemand : id.includes(flags.only),
);
const rounds = Math.max(1, Number.parseInt(flags.rounds, 10) || DEFAULT_ROUNDS);

if (flags.list) process.stdout.write(`${chosen.map(({ id }) => id).join('\n')}\n`);
else await main();

async function main(): Promise<void> {
  compile();
  const reference = findReference(flags.python);
  const cases: CaseResult[] = [];
  for (const each of chosen) cases.push(await measureCase(each, reference?.program));
  const { cpuModel, cores, platform } = describeHost();
  const report: BenchReport = {
    host: { cpuModel, cores, platform },
    versions: {
      bitpress: ENGINE_VERSION,
      onnxruntime: (await import('../src/platform/ort-runtime.ts')).ortRuntime.version,
      ...(reference && { reference: reference.version }),
    },
    cases,
  };
  process.stdout.write(`${renderTable(cases)}\n`);
  if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(report, null, 2)}\n`);
}

/** The reference's interpreter, asked once for what it needs; undefined, with a message, where it is not there. */
function findReference(interpreter: string): { program: Program; version: string } | undefined {
  const missing = (why: string): undefined => {
    say(`The reference is not measured: ${why}`);
    say('  python -m venv VENV && VENV/bin/pip install onnx onnxruntime onnx-ir numpy');
    say('  npm run bench -- --python VENV/bin/python');
    return undefined;
  };
  if (interpreter === '') return missing('no Python is named by --python or BITPRESS_BENCH_PYTHON.');
  const script = 'import onnx, numpy, onnx_ir, onnxruntime.quantization; print(onnxruntime.__version__)';
  try {
    const version = execFileSync(interpreter, ['-c', script], { encoding: 'utf8', stdio: 'pipe' }).trim();
    return { program: python(interpreter, 'reference.py'), version: `onnxruntime ${version} (Python)` };
  } catch (error) {
    return missing(
      `${interpreter} does not import onnx, onnx_ir, numpy and onnxruntime (${lastLine(error)}).`,
    );
  }
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr ?? message).trim().split('\n').at(-1) ?? '';
}

async function measureCase(each: Case, reference: Program | undefined): Promise<CaseResult> {
  const inputs = prepareInputs(each.inputs, FILES);
  const sides: readonly { readonly name: 'ours' | 'reference'; readonly program: Program }[] = [
    { name: 'ours', program: node('ours') },
    ...(reference && each.reference ? [{ name: 'reference' as const, program: reference }] : []),
  ];
  const runs = { ours: [] as Run[], reference: [] as Run[] };
  for (let round = 0; round < rounds; round++)
    // The one that goes first finds the caches colder: they take turns.
    for (const { name, program } of round % 2 === 0 ? sides : sides.toReversed()) {
      const run = await runOnce(each, inputs, program, round === 0 && !flags['no-judge']);
      runs[name].push(run);
      const peak = Math.round(run.peakBytes / 1e6);
      say(`${each.id}: round ${round + 1}, ${name} ${run.seconds.toFixed(2)} s, ${peak} MB`);
    }
  return {
    id: each.id,
    samples: each.samples,
    rounds,
    ours: summarize(runs.ours),
    ...(runs.reference.length > 0 && { reference: summarize(runs.reference) }),
  };
}

interface Run extends Measured {
  readonly artifactBytes: number;
  readonly sqnrDb?: number;
}

async function runOnce(each: Case, inputs: Inputs, program: Program, judged: boolean): Promise<Run> {
  const workDir = mkdtempSync(join(tmpdir(), 'bitpress-bench-'));
  try {
    const out = join(workDir, 'artifact', 'model.onnx');
    mkdirSync(join(workDir, 'artifact'));
    const task: Task = {
      model: inputs.model,
      ...(inputs.data !== undefined && { data: inputs.data }),
      out,
      workDir,
      samples: each.samples,
      ...(each.samples > 0 && { calibration: inputs.calibration }),
      spec: parseSpec({
        method: each.method,
        ...(each.samples > 0 && { calibration: '0'.repeat(64) }),
      }),
      ...(each.reference && { reference: each.reference }),
    };
    const measured = await runChild<Measured>(program, task);
    const { model, calibration } = inputs;
    const judgement = judged
      ? await runChild<{ sqnrDb: number }>(node('judge'), { model, calibration, artifact: out, workDir })
      : undefined;
    return { ...measured, artifactBytes: statSync(out).size, ...judgement };
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

function summarize(runs: readonly Run[]): Side {
  const sorted = runs.toSorted((a, b) => a.seconds - b.seconds);
  const middle = sorted[(sorted.length - 1) >> 1] as Run;
  const median = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[(values.length - 1) >> 1] as number;
  const sqnrDb = runs.find(run => run.sqnrDb !== undefined)?.sqnrDb;
  return {
    seconds: middle.seconds,
    allSeconds: runs.map(run => run.seconds),
    cpuSeconds: median(runs.map(run => run.cpuSeconds)),
    peakBytes: median(runs.map(run => run.peakBytes)),
    artifactBytes: middle.artifactBytes,
    ...(sqnrDb !== undefined && { sqnrDb }),
    ...(middle.stages && { stages: middle.stages }),
  };
}
