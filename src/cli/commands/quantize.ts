/**
 * `bitpress quantize`: the main job, on this machine or on a server.
 *
 * Invariant: the output file appears whole or not at all, and never in place of the input.
 */
import { accessSync, constants, copyFileSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, extname, join, parse, resolve } from 'node:path';
import type { Command } from 'commander';
import { TARGETS } from '../../core/quantization/targets/index.ts';
import { BitpressError } from '../../errors.ts';
import { renderTerminal } from '../../pipeline/render/terminal.ts';
import { type CliIo, EXIT, type ExitCode } from '../io.ts';
import { type DataFlags, jobFiles } from '../job-files.ts';
import { type FlagMethod, methodFlags, methodSpec } from '../method-flags.ts';
import { progressView } from '../progress.ts';
import type { JobResult, RunJob } from '../runners/runner.ts';
import { type SpecFlags, SYNTHETIC, specFrom } from '../spec-flags.ts';

interface QuantizeFlags extends SpecFlags, DataFlags {
  readonly output?: string;
  readonly method: string;
  readonly report?: readonly string[];
  readonly json?: boolean;
  readonly server?: string;
  readonly keyFile?: string;
}

export interface QuantizeDeps {
  readonly methods: readonly FlagMethod[];
  readonly local: RunJob;
  readonly remote: (server: string, keyFile: string | undefined) => RunJob;
}

const DEFAULT_METHOD = 'static-int8';

const EXAMPLES = `
Examples:
  A model and 32 to 256 samples of real inputs:
    bitpress quantize model.onnx --calibration calib.npz

  With held-out labelled data, and a limit on what may be lost (exit code 2 when it is missed):
    bitpress quantize model.onnx -o model.int8.onnx --calibration calib.npz --evaluation eval.npz \\
      --gate maxAccuracyDrop=0.01 --gate maxSizeRatio=0.4 --report report.html

  Bytes as input, scaled to 0..1:
    bitpress quantize model.onnx --calibration images.npz --preprocess image=scale:0.00392156862745098

  Without data:
    bitpress quantize model.onnx --method dynamic-int8

  On a server:
    bitpress quantize model.onnx --calibration calib.npz --server http://localhost:8080

Datasets are .npz files with one array per model input (np.savez("calib.npz", input=x)); axis 0 counts samples. A single
input takes an array of any name, or a .npy file. Labels are an array "y".

Exit codes: 0 every gate passed, 2 a gate was missed, 1 an error.`;

export function quantizeCommand(
  program: Command,
  deps: QuantizeDeps,
  io: CliIo,
  exit: (code: ExitCode) => void,
): void {
  const command = program
    .command('quantize')
    .description('Make a model smaller and faster, measure what came of it, and say whether it holds.')
    .argument('<model>', 'ONNX file, or Keras .h5 or .keras file')
    .argument('[data...]', 'external data files of the model; those named like it are found by themselves')
    .option('-o, --output <file>', 'where the artifact goes; default <model>.<method>.onnx')
    .option('-m, --method <id>', 'see "bitpress methods"', DEFAULT_METHOD)
    .option('-c, --calibration <file>', `.npz or .npy file; "${SYNTHETIC}" for random data`)
    .option('-e, --evaluation <file>', '.npz file to compare and score on')
    .option('--metric <id>', 'top1, top5, mse, psnr, cosine or perplexity; default by the labels')
    .option('--preprocess <input=form>', 'scale:s,bias:b,mean:a/b/c,std:a/b/c,layout:nchw, or JSON', gather)
    .option(
      '--gate <name=value>',
      'maxAccuracyDrop, minSqnrDb, maxSizeRatio or minSpeedup; repeatable',
      gather,
    )
    .option('--target <id>', `where the artifact must run well: ${TARGETS.ids.join(', ')}`)
    .option('--no-repair', 'do not release nodes to float when the outputs fall apart')
    .option('--no-benchmark', 'do not measure latency and memory')
    .option('--timeout <seconds>', 'limit of the run')
    .option('--memory <MiB>', 'limit of resident memory')
    .option('-r, --report <file>', 'write the report: .html, .md or .json; repeatable', gather)
    .option('--json', 'print the report as JSON and not as a table')
    .option('--server <url>', 'let this server do the work')
    .option('--key-file <file>', 'file that holds the API key for --server; else BITPRESS_API_KEY');
  for (const option of methodFlags(deps.methods)) command.addOption(option);
  command
    .addHelpText('after', EXAMPLES)
    .action(async (model: string, data: string[], flags: QuantizeFlags) => {
      exit(await quantize(model, data, flags, deps, io));
    });
}

async function quantize(
  model: string,
  data: readonly string[],
  flags: QuantizeFlags,
  deps: QuantizeDeps,
  io: CliIo,
): Promise<ExitCode> {
  const method = methodSpec(deps.methods, flags.method, flags as unknown as Record<string, unknown>);
  const output = flags.output ?? `${parse(model).name}.${flags.method}.onnx`;
  const files = jobFiles(model, data, flags);
  if (files.model.some(path => resolve(path) === resolve(output)))
    throw new BitpressError('invalid_request', `--output ${output} is the model itself`, {
      field: '--output',
    });
  const reports = (flags.report ?? []).map(reportTarget);
  for (const path of [output, ...reports.map(each => each.path)]) checkWritable(path);
  const spec = {
    ...specFrom(method, flags),
    ...(flags.calibration === SYNTHETIC && { calibration: { synthetic: true } }),
  };
  const run = flags.server === undefined ? deps.local : deps.remote(flags.server, flags.keyFile);
  const view = progressView(io);
  let result: JobResult;
  try {
    result = await run(spec, files, progress => view.update(progress), io.signal);
  } finally {
    view.stop();
  }
  try {
    place(result, output, reports);
  } finally {
    result.dispose();
  }
  const { report } = result;
  io.out(flags.json ? JSON.stringify(report, undefined, 2) : renderTerminal(report, { color: io.color }));
  if (!flags.json) for (const path of [output, ...reports.map(each => each.path)]) io.out(`wrote ${path}`);
  return report.verdict === 'pass' ? EXIT.pass : EXIT.gateMissed;
}

const REPORTS: Readonly<Record<string, string>> = {
  '.html': 'report.html',
  '.md': 'report.md',
  '.json': 'report.json',
};

function reportTarget(path: string): { readonly path: string; readonly artifact: string } {
  const artifact = REPORTS[extname(path).toLowerCase()];
  if (artifact) return { path, artifact };
  throw new BitpressError('invalid_request', `--report ${path}: the name must end in .html, .md or .json`, {
    field: '--report',
    hint: 'For example --report report.html',
  });
}

/** The model under the name that was asked for, its external data under the names that it refers to. */
function place(
  result: JobResult,
  output: string,
  reports: readonly { path: string; artifact: string }[],
): void {
  for (const [name, source] of result.artifacts) {
    if (Object.values(REPORTS).includes(name)) continue;
    copyWhole(source, name === 'model.onnx' ? output : join(dirname(output), name));
  }
  for (const { path, artifact } of reports) {
    const source = result.artifacts.get(artifact);
    if (source) copyWhole(source, path);
  }
}

/** Before any work is done. @throws BitpressError file_unwritable */
function checkWritable(path: string): void {
  const folder = dirname(resolve(path));
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new BitpressError(
      'file_unwritable',
      absent ? `there is no folder ${folder} for ${path}` : `nothing may be written in ${folder}`,
      { cause: error },
    );
  }
  if (existsSync(path) && statSync(path).isDirectory())
    throw new BitpressError('file_unwritable', `${path} is a folder`, { hint: 'Name a file in it.' });
}

function copyWhole(source: string, target: string): void {
  const partial = `${target}.part-${process.pid}`;
  try {
    copyFileSync(source, partial);
    renameSync(partial, target);
  } catch (error) {
    rmSync(partial, { force: true });
    throw new BitpressError('file_unwritable', (error as Error).message, { cause: error });
  }
}

function gather(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
