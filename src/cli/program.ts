/**
 * The command line: every command and how a failure ends.
 *
 * Invariant: nothing here exits the process; `runCli` gives the exit code.
 */
import { Command, CommanderError } from 'commander';
import { type CompareDeps, compareCommand } from './commands/compare.ts';
import { type InspectDeps, inspectCommand } from './commands/inspect.ts';
import { type DescribedMethod, methodsCommand } from './commands/methods.ts';
import { type QuantizeDeps, quantizeCommand } from './commands/quantize.ts';
import { type ServiceDeps, serviceCommands } from './commands/service.ts';
import { type CliIo, EXIT, type ExitCode } from './io.ts';
import { showProblem } from './show-problem.ts';

export interface CliDeps extends Omit<QuantizeDeps, 'methods'>, InspectDeps, CompareDeps, ServiceDeps {
  readonly version: string;
  readonly methods: readonly DescribedMethod[];
}

export async function runCli(argv: readonly string[], deps: CliDeps, io: CliIo): Promise<ExitCode> {
  let code: ExitCode = EXIT.pass;
  const exit = (given: ExitCode): void => {
    code = given;
  };
  const program = new Command('bitpress')
    .description('A model goes in, a smaller one comes out, measured and proven.')
    .version(deps.version)
    .exitOverride()
    .configureOutput({ writeOut: text => io.out(text.trimEnd()), writeErr: text => io.err(text.trimEnd()) })
    .configureHelp({ helpWidth: 120 })
    .showHelpAfterError('"bitpress <command> --help" shows examples.');
  quantizeCommand(program, deps, io, exit);
  inspectCommand(program, deps, io);
  compareCommand(program, deps, io, exit);
  methodsCommand(program, deps.methods, io);
  serviceCommands(program, deps);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    // Commander has said what it had to say; --help and --version end well.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.pass : EXIT.error;
    showProblem(error, io);
    return EXIT.error;
  }
}
