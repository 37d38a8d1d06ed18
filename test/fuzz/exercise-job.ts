/**
 * One file through a whole job in this process, native runtime included, with random calibration data. The caller runs it
 * in a process of its own, which may crash, hang or swell.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSpec } from '../../src/contracts/parse-spec.ts';
import { isBitpressError } from '../../src/errors.ts';
import { runJob } from '../../src/pipeline/run-job.ts';
import { localPorts } from '../support/local-ports.ts';
import { METHOD_SETTINGS } from '../support/method-settings.ts';
import type { Outcome } from './exercise-reader.ts';
import type { Case } from './mutants.ts';

export async function exerciseJob({ bytes, fileName, random }: Case): Promise<Outcome> {
  const method = random.pick(METHOD_SETTINGS)!;
  const folder = mkdtempSync(join(tmpdir(), 'bitpress-fuzz-job-'));
  let stage = 'importing';
  try {
    const path = join(folder, fileName);
    writeFileSync(path, bytes);
    const [workDir, outDir] = [join(folder, 'work'), join(folder, 'out')];
    for (const directory of [workDir, outDir]) mkdirSync(directory);
    await runJob(
      {
        modelFiles: [{ name: fileName, path }],
        spec: parseSpec({ method, benchmark: false, calibration: { synthetic: true, samples: 4 } }),
        workDir,
        outDir,
        provenance: { model: 'a'.repeat(64) },
      },
      {
        ...localPorts,
        progress: progress => {
          stage = progress.stage;
        },
      },
    );
    return { stage, code: 'ok' };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    // Our fault by definition: the float model ran, what we made of it does not.
    if (isBitpressError(error) && error.code !== 'artifact_broken') return { stage, code: error.code };
    throw new Error(`${stage} ${JSON.stringify(method)}: ${said}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
