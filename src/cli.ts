#!/usr/bin/env node
/**
 * Entry of the command line: joins the commands with this terminal, this machine and the service.
 *
 * Invariant: the service is loaded only when it is started, and the runtime only where it runs.
 */
import { runCli } from './cli/program.ts';
import { localRunner } from './cli/runners/local.ts';
import { localCompare } from './cli/runners/local-compare.ts';
import { localInspect } from './cli/runners/local-inspect.ts';
import { remoteRunner } from './cli/runners/remote.ts';
import { readApiKey } from './config.ts';
import { ASKABLE } from './core/quantization/askable.ts';
import { childEntry } from './platform/child-entry.ts';
import { ENGINE_VERSION } from './version.ts';

/** The service drains on its own signals; every other command is cancelled by the first Ctrl-C. */
const SERVICE = ['serve', 'worker'];
const argv = process.argv.slice(2);
const controller = new AbortController();
if (!SERVICE.includes(argv[0] ?? '')) process.once('SIGINT', () => controller.abort());

// A reader that has seen enough ("| head") is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const sandbox = childEntry('sandbox');
process.exitCode = await runCli(
  argv,
  {
    version: ENGINE_VERSION,
    methods: ASKABLE.all,
    local: localRunner(sandbox),
    remote: (server, keyFile) => remoteRunner(server, keyFile, readApiKey()),
    ...localInspect(sandbox, controller.signal),
    compare: localCompare(sandbox),
    serve: async () => (await import('./server.ts')).serve(),
    work: async () => (await import('./worker.ts')).work(),
  },
  {
    out: text => void process.stdout.write(`${text}\n`),
    err: text => void process.stderr.write(`${text}\n`),
    interactive: process.stderr.isTTY === true,
    color: process.stdout.isTTY === true && process.stdout.hasColors(),
    signal: controller.signal,
  },
);
