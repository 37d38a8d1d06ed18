/** `bitpress compare`: two models side by side, on data or on random samples. */
import type { Command } from 'commander';
import type { Report } from '../../contracts/report.ts';
import type { ReportProgress } from '../../pipeline/ports.ts';
import { renderTerminal } from '../../pipeline/render/terminal.ts';
import { type CliIo, EXIT, type ExitCode } from '../io.ts';
import { progressView } from '../progress.ts';
import { type SpecFlags, specFrom } from '../spec-flags.ts';

export interface CompareInput {
  readonly reference: string;
  readonly candidate: string;
  readonly data: string | undefined;
  /** The parts of a spec that apply: metric, preprocess, gates, benchmark. */
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface CompareDeps {
  compare(input: CompareInput, progress: ReportProgress, signal: AbortSignal): Promise<Report>;
}

interface CompareFlags extends Pick<SpecFlags, 'metric' | 'preprocess' | 'gate' | 'benchmark'> {
  readonly data?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  bitpress compare model.onnx model.int8.onnx --data eval.npz
  bitpress compare old.onnx new.onnx --data eval.npz --metric top5 --gate minSpeedup=1

The first model is the reference. Exit codes: 0 every gate passed, 2 a gate was missed, 1 an error.`;

export function compareCommand(
  program: Command,
  deps: CompareDeps,
  io: CliIo,
  exit: (code: ExitCode) => void,
): void {
  program
    .command('compare')
    .description('Measure two ONNX models side by side: size, outputs, score, latency, memory.')
    .argument('<reference>', 'ONNX file')
    .argument('<candidate>', 'ONNX file with the same inputs and outputs')
    .option('-d, --data <file>', '.npz file, as for "quantize --evaluation"; random samples without it')
    .option('--metric <id>', 'top1, top5, mse, psnr, cosine or perplexity; default by the labels')
    .option('--preprocess <input=form>', 'as for "quantize"', gather)
    .option('--gate <name=value>', 'as for "quantize"; repeatable', gather)
    .option('--no-benchmark', 'do not measure latency and memory')
    .option('--json', 'print the report as JSON and not as a table')
    .addHelpText('after', EXAMPLES)
    .action(async (reference: string, candidate: string, flags: CompareFlags) => {
      const view = progressView(io);
      let report: Report;
      try {
        const input = { reference, candidate, data: flags.data, spec: specFrom(undefined, flags) };
        report = await deps.compare(input, progress => view.update(progress), io.signal);
      } finally {
        view.stop();
      }
      io.out(flags.json ? JSON.stringify(report, undefined, 2) : renderTerminal(report, { color: io.color }));
      exit(report.verdict === 'pass' ? EXIT.pass : EXIT.gateMissed);
    });
}

function gather(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
