/** `bitpress inspect`: what a model is, without running it. */
import type { Command } from 'commander';
import type { ModelDescription, TensorDescription } from '../../contracts/model.ts';
import { formatBytes, formatCount } from '../../pipeline/render/format.ts';
import { plainText } from '../../pipeline/render/plain-text.ts';
import type { CliIo } from '../io.ts';

export interface InspectedModel extends ModelDescription {
  readonly fileBytes: number;
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
  const { operators } = model;
  const names = Object.keys(operators).map(plainText);
  const width = Math.max(0, ...names.map(name => name.length));
  const nodes = Object.values(operators).reduce((sum, count) => sum + count, 0);
  return [
    `${model.format}, opset ${model.opset}${model.producer ? `, by ${plainText(model.producer)}` : ''}`,
    `${formatBytes(model.fileBytes)}, ${formatCount(model.parameters)} parameters, ${formatCount(nodes)} nodes`,
    '',
    ...model.inputs.map(value => `input   ${signature(value)}`),
    ...model.outputs.map(value => `output  ${signature(value)}`),
    '',
    ...Object.values(operators).map(
      (count, index) => `${names[index]!.padEnd(width)}  ${formatCount(count)}`,
    ),
    ...model.warnings.map(warning => `\nnote: ${plainText(warning)}`),
  ].join('\n');
}

function signature({ name, dtype, shape }: TensorDescription): string {
  const dims = shape.map(dim => plainText(String(dim ?? '?'))).join(', ');
  return `${plainText(name)}: ${plainText(dtype)}[${dims}]`;
}
