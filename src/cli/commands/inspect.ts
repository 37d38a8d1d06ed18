/** `bitpress inspect`: what a model is, without running it. */
import type { Command } from 'commander';
import type { SessionValue } from '../../core/data/samples.ts';
import type { ModelStatistics } from '../../core/ir/statistics.ts';
import { formatBytes, formatCount } from '../../pipeline/render/format.ts';
import { plainText } from '../../pipeline/render/plain-text.ts';
import type { CliIo } from '../io.ts';

export interface InspectedModel {
  readonly format: string;
  readonly producer: string;
  readonly opset: number;
  readonly inputs: readonly SessionValue[];
  readonly outputs: readonly SessionValue[];
  readonly fileBytes: number;
  readonly statistics: ModelStatistics;
  readonly warnings: readonly string[];
}

export interface InspectDeps {
  /** @param files the model, then its external data */
  inspect(files: readonly [string, ...string[]]): Promise<InspectedModel>;
}

export function inspectCommand(program: Command, deps: InspectDeps, io: CliIo): void {
  program
    .command('inspect')
    .description("Show a model's inputs, outputs, size and operators.")
    .argument('<model>', 'ONNX file, or Keras .h5 or .keras file')
    .argument('[data...]', 'external data files of the model')
    .option('--json', 'print as JSON')
    .action(async (model: string, data: string[], flags: { json?: boolean }) => {
      const inspected = await deps.inspect([model, ...data]);
      io.out(flags.json ? JSON.stringify(inspected, undefined, 2) : describe(inspected));
    });
}

function describe(model: InspectedModel): string {
  const { statistics } = model;
  const width = Math.max(0, ...Object.keys(statistics.operators).map(name => plainText(name).length));
  return [
    `${model.format}, opset ${model.opset}${model.producer ? `, by ${plainText(model.producer)}` : ''}`,
    `${formatBytes(model.fileBytes)}, ${formatCount(statistics.parameters)} parameters, ${formatBytes(statistics.weightBytes)} of weights, ${formatCount(statistics.nodes)} nodes`,
    '',
    ...model.inputs.map(value => `input   ${signature(value)}`),
    ...model.outputs.map(value => `output  ${signature(value)}`),
    '',
    ...Object.entries(statistics.operators).map(
      ([name, count]) => `${plainText(name).padEnd(width)}  ${formatCount(count)}`,
    ),
    ...model.warnings.map(warning => `\nnote: ${plainText(warning)}`),
  ].join('\n');
}

function signature({ name, dtype, dims }: SessionValue): string {
  const shape = dims ? `[${dims.map(dim => plainText(String(dim ?? '?'))).join(', ')}]` : '';
  return `${plainText(name)}: ${dtype ?? 'not a tensor'}${shape}`;
}
