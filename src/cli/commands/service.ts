/** `bitpress serve` and `bitpress worker`: the long-running processes, configured by the environment. */
import type { Command } from 'commander';
import { BitpressError, isBitpressError } from '../../errors.ts';

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
    .action(() => deps.serve().catch(startFailed));
  program
    .command('worker')
    .description('Run a worker that takes jobs from the queue at REDIS_URL.')
    .addHelpText('after', CONFIGURATION)
    .action(() => deps.work().catch(startFailed));
}

/** What stops a start is said by name (a variable, an address in use); a stack would only hide it. */
function startFailed(error: unknown): never {
  if (isBitpressError(error)) throw error;
  throw new BitpressError('start_failed', error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}
