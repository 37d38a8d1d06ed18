/**
 * A new database for the embedded queue, made by a process of its own.
 *
 * Making one takes 400 MB that are garbage afterwards, and nobody would collect them before there is work: they would stay
 * with the server for its first minutes, and each fork of a sandbox would pause it for 20 to 40 ms instead of 6 to 9.
 *
 * Invariant: the folder is there whole or not at all; what a killed start left is thrown away by the next.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { type ChildEntry, childEntry } from '../platform/child-entry.ts';

/** It takes about three seconds of one core. */
const MAKING_MS = 120_000;

/** @throws Error where it cannot be made in time */
export async function needDatabase(
  folder: string,
  { entry = childEntry('make-database'), limitMs = MAKING_MS }: Making = {},
): Promise<void> {
  if (existsSync(folder)) return;
  const making = `${folder}.new`;
  rmSync(making, { recursive: true, force: true });
  const child = fork(entry.path, [making], {
    env: {},
    execArgv: [...entry.execArgv],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  // SIGKILL: what does not end by itself may not listen either.
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const [code, signal] = await once(child, 'exit');
  clearTimeout(timer);
  if (code !== 0)
    throw new Error(
      `the embedded queue could not make its database in ${making}: ${
        signal === null
          ? `the process ended with code ${code}`
          : `it was ended by ${signal} (limit ${limitMs / 1000} s)`
      }`,
    );
  renameSync(making, folder);
}

/** Others in tests. */
interface Making {
  readonly entry?: ChildEntry;
  readonly limitMs?: number;
}

/** Of the child. */
export async function makeDatabase(folder: string): Promise<void> {
  const database = await PGlite.create(folder);
  await database.close();
  process.disconnect?.();
}
