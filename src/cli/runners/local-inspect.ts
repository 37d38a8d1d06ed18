/** Reads a model in a sandbox, as the server does with an upload. */
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSandbox } from '../../jobs/supervisor.ts';
import type { ChildEntry } from '../../platform/child-entry.ts';
import type { InspectDeps } from '../commands/inspect.ts';
import { copyFile, type FileCopy } from './copy-file.ts';
import { LOCAL_LIMITS } from './local.ts';

export function localInspect(entry: ChildEntry, signal: AbortSignal): InspectDeps['inspect'] {
  return async files => {
    const directory = mkdtempSync(join(tmpdir(), 'bitpress-inspect-'));
    try {
      const into = join(directory, 'model');
      mkdirSync(into);
      const modelFiles: FileCopy[] = [];
      for (const path of files) modelFiles.push(await copyFile(path, into));
      const fileBytes = modelFiles.reduce((sum, { path }) => sum + statSync(path).size, 0);
      const description = await runSandbox(
        { kind: 'inspect-model', modelFiles: modelFiles.map(({ name, path }) => ({ name, path })) },
        { entry, directory, limits: LOCAL_LIMITS, signal },
      );
      return { ...description, fileBytes };
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };
}
