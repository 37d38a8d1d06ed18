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
import { childEntry } from '../platform/child-entry.ts';

/** @throws Error where it cannot be made */
export async function needDatabase(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  const making = `${folder}.new`;
  rmSync(making, { recursive: true, force: true });
  const { path, execArgv } = childEntry('make-database');
  const child = fork(path, [making], {
    env: {},
    execArgv: [...execArgv],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the embedded queue could not make its database in ${making}`);
  renameSync(making, folder);
}

/** Of the child. */
export async function makeDatabase(folder: string): Promise<void> {
  const database = await PGlite.create(folder);
  await database.close();
  process.disconnect?.();
}
