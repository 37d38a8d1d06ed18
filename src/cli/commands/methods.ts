/** `bitpress methods`: what can be chosen, with every option, its values and its default. */
import type { Command } from 'commander';
import { presetsOf } from '../../contracts/presets.ts';
import type { Method } from '../../core/quantization/method.ts';
import { TARGETS } from '../../core/quantization/targets/index.ts';
import type { CliIo } from '../io.ts';
import { methodFlags } from '../method-flags.ts';

/** A method as far as it is described. */
export type DescribedMethod = Pick<Method, 'id' | 'title' | 'summary' | 'options' | 'data'>;

const NEEDS = {
  none: 'needs no data',
  optional: 'uses calibration data when given',
  required: 'needs calibration data',
} as const;

export function methodsCommand(program: Command, methods: readonly DescribedMethod[], io: CliIo): void {
  program
    .command('methods')
    .description('List the quantization methods and their options.')
    .option('--json', 'print the option schemas as JSON')
    .action((flags: { json?: boolean }) => {
      io.out(flags.json ? asJson(methods) : [...methods.map(describe), describeTargets()].join('\n\n'));
    });
}

function asJson(methods: readonly DescribedMethod[]): string {
  const plain = methods.map(({ id, title, summary, data, options }) => ({
    id,
    title,
    summary,
    data,
    options,
    presets: presetsOf({ id, options }),
  }));
  return JSON.stringify(plain, undefined, 2);
}

function describe(method: DescribedMethod): string {
  const flags = methodFlags([method]).filter(option => !option.hidden);
  const width = Math.max(0, ...flags.map(option => option.flags.length));
  return [
    `${method.id}: ${method.title}; ${NEEDS[method.data]}`,
    `  ${method.summary}`,
    ...flags.map(option => `    ${option.flags.padEnd(width)}  ${option.description}`),
  ].join('\n');
}

function describeTargets(): string {
  const width = Math.max(...TARGETS.ids.map(id => id.length));
  return [
    'Targets (--target):',
    ...TARGETS.all.map(({ id, summary }) => `  ${id.padEnd(width)}  ${summary}`),
  ].join('\n');
}
