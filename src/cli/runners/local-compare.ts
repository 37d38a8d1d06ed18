/** Compares two models in a sandbox, as jobs run theirs: a model that ends its process ends no other. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parseSpec } from '../../contracts/parse-spec.ts';
import { BitpressError } from '../../errors.ts';
import { withSandboxDirectory } from '../../jobs/sandbox-directory.ts';
import type { GivenModel } from '../../pipeline/compare-files.ts';
import type { ChildEntry } from '../../platform/child-entry.ts';
import { ENGINE_VERSION } from '../../version.ts';
import type { CompareDeps } from '../commands/compare.ts';
import { externalData } from '../job-files.ts';
import { copyFile } from './copy-file.ts';
import { copyModel, LOCAL_LIMITS } from './local.ts';
import { localSandbox } from './local-sandbox.ts';

export function localCompare(entry: ChildEntry): CompareDeps['compare'] {
  const run = localSandbox(entry);
  return async (input, progress, signal) => {
    // The method does not matter here, and a spec has one.
    const spec = parseSpec({ ...input.spec, method: 'convert' });
    for (const path of [input.reference, input.candidate, input.data])
      if (path !== undefined && !existsSync(path))
        throw new BitpressError('file_unreadable', `there is no file ${path}`);
    return withSandboxDirectory(tmpdir(), async directory => {
      const folder = async (name: string): Promise<string> => {
        await mkdir(join(directory, name));
        return join(directory, name);
      };
      const reference = await givenModel(input.reference, await folder('given-reference'));
      const candidate = await givenModel(input.candidate, await folder('given-candidate'));
      const data = input.data === undefined ? undefined : await copyFile(input.data, directory, 'data');
      const task = {
        kind: 'compare',
        reference,
        candidate,
        ...(data && { data: data.path }),
        bind: {
          ...(spec.preprocess && { preprocess: spec.preprocess }),
          ...(spec.metric !== undefined && { metric: spec.metric }),
        },
        gates: spec.gates ?? {},
        measure: spec.benchmark,
        workDir: await folder('work'),
        version: ENGINE_VERSION,
      } as const;
      return run(task, { directory, limits: LOCAL_LIMITS, signal, onProgress: progress });
    });
  };
}

async function givenModel(path: string, directory: string): Promise<GivenModel> {
  const [main, ...others] = await copyModel([path, ...externalData(path)], directory);
  return {
    name: join(basename(dirname(path)), basename(path)).replace(/^\.\//, ''),
    files: [main!, ...others].map(({ name, path: copy }) => ({ name, path: copy })) as [
      GivenModel['files'][0],
    ],
  };
}
