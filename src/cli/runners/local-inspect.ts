/** Reads a model in a sandbox, as the server does with an upload, and says what jobs would make of it. */
import { statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MethodOutlook } from '../../contracts/preview.ts';
import { isBitpressError } from '../../errors.ts';
import { withSandboxDirectory } from '../../jobs/sandbox-directory.ts';
import type { ChildEntry } from '../../platform/child-entry.ts';
import type { InspectDeps } from '../commands/inspect.ts';
import { copyModel, jobTask, LOCAL_LIMITS } from './local.ts';
import { localSandbox } from './local-sandbox.ts';

export function localInspect(entry: ChildEntry, signal: AbortSignal): InspectDeps {
  const run = localSandbox(entry);
  const options = (directory: string) => ({ directory, limits: LOCAL_LIMITS, signal });
  return {
    inspect: files =>
      withSandboxDirectory(tmpdir(), async directory => {
        const workDir = join(directory, 'work');
        await mkdir(workDir);
        const copies = await copyModel(files, directory);
        const modelFiles = copies.map(({ name, path }) => ({ name, path }));
        const fileBytes = copies.reduce((sum, { path }) => sum + statSync(path).size, 0);
        const description = await run({ kind: 'inspect-model', modelFiles }, options(directory));
        const methods = await run({ kind: 'preview-methods', modelFiles, workDir }, options(directory)).catch(
          none,
        );
        return { ...description, fileBytes, methods };
      }),
    preview: (spec, files) =>
      withSandboxDirectory(tmpdir(), async directory => {
        const task = await jobTask(spec, files, directory);
        return run({ ...task, kind: 'preview' }, options(directory));
      }),
  };
}

/** A model that no method takes (it is quantized already, or does not load) is described all the same. */
function none(error: unknown): readonly MethodOutlook[] {
  if (isBitpressError(error) && error.code !== 'cancelled') return [];
  throw error;
}
