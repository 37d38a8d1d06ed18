/** A private directory for one sandbox, removed whatever happens. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

export async function withSandboxDirectory<R>(
  root: string,
  use: (directory: string) => Promise<R>,
): Promise<R> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const directory = await mkdtemp(join(root, 'bitpress-sandbox-'));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}
