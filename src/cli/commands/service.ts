/** `bitpress serve` and `bitpress worker`: the long-running processes, configured by the environment. */
import type { Command } from 'commander';

export interface ServiceDeps {
  /** Resolves when the process has drained. */
  serve(): Promise<void>;
  work(): Promise<void>;
}

const CONFIGURATION = `
Configuration comes from the environment: HOST, PORT, REDIS_URL, BITPRESS_DATA_DIR, BITPRESS_CONCURRENCY and others; the
README has the table. A wrong value stops the start with its name.`;

export function serviceCommands(program: Command, deps: ServiceDeps): void {
  program
    .command('serve')
    .description('Run the HTTP service; without REDIS_URL also the queue and one worker.')
    .addHelpText('after', CONFIGURATION)
    .action(() => deps.serve());
  program
    .command('worker')
    .description('Run a worker that takes jobs from the queue at REDIS_URL.')
    .addHelpText('after', CONFIGURATION)
    .action(() => deps.work());
}
