/**
 * The folder of an embedded queue that is new: copied from one that was made once, since making a database takes two
 * seconds of a processor and the suite needs many.
 *
 * Invariant: the copied one was made by these versions of the database and of the queue's schema, and closed.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openEmbedded } from '../../src/jobs/embedded.ts';

const MODULES = fileURLToPath(new URL('../../node_modules/', import.meta.url));
const MADE_OF = ['@electric-sql/pglite', 'bullmq'].map(
  name =>
    (JSON.parse(readFileSync(join(MODULES, name, 'package.json'), 'utf8')) as { version: string }).version,
);
const TEMPLATE = join(MODULES, '.cache', 'bitpress-test', `queue-${MADE_OF.join('-')}`);

/** @param folder that is not there yet */
export async function freshQueue(folder: string): Promise<void> {
  if (!existsSync(TEMPLATE)) await makeTemplate();
  cpSync(TEMPLATE, folder, { recursive: true });
}

async function makeTemplate(): Promise<void> {
  mkdirSync(dirname(TEMPLATE), { recursive: true });
  const making = mkdtempSync(`${TEMPLATE}-`);
  const backend = await openEmbedded(making, () => {});
  await backend.close();
  try {
    renameSync(making, TEMPLATE);
  } catch {
    // Another process was first.
    rmSync(making, { recursive: true, force: true });
  }
}
