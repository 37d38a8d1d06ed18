/**
 * Accuracy helpers that rewrite the float model: each sees what it asks for of the calibration samples, edits a fresh
 * copy, and the result is proven equal to the model before by running both.
 *
 * Invariant: what is given back computes what the prepared model did; ranges are observed afterwards, on the result.
 */

import { type Pass, runPasses } from '../core/passes/pass.ts';
import type { FloatRewrite } from '../core/quantization/helpers/helper.ts';
import { calibrate } from './calibrate.ts';
import type { Ports, SampleSource } from './ports.ts';
import { inferTypes } from './prepare.ts';
import { type PreparedModel, preparedModel } from './prepared-model.ts';
import { proveEqual } from './prove-equal.ts';
import type { JobSamples } from './samples.ts';
import { openModelFile, writeWorkingFile } from './write-model-file.ts';

export interface RewriteRequest {
  readonly rewrites: readonly FloatRewrite[];
  readonly samples: Pick<JobSamples, 'calibration' | 'verification'>;
  readonly workDir: string;
}

export async function rewriteModel(
  prepared: PreparedModel,
  { rewrites, samples, workDir }: RewriteRequest,
  ports: Ports,
): Promise<PreparedModel> {
  let current = prepared;
  for (const { id, samples: most, watch, run } of rewrites) {
    const pathOf = (what: string): string => ports.files.join(workDir, `${id}-${what}.onnx`);
    const observers = watch(current.fresh().graph);
    if (samples.calibration) {
      const fileName = `${id}-watched.onnx`;
      const shown = spread(samples.calibration, most);
      await calibrate({ prepared: current, observers, samples: shown, workDir, fileName }, ports);
    }
    const model = current.fresh();
    let changed = 0;
    const counted: Pass['run'] = each => {
      const result = run(each, observers);
      changed = result.changed;
      return result;
    };
    const notes = [...current.notes, ...runPasses(model, [{ id, summary: id, run: counted }])];
    if (changed === 0) {
      current = { ...current, notes };
      continue;
    }
    const path = pathOf('model');
    writeWorkingFile(model, path, ports.files);
    const pair = { reference: current.path, candidate: path, samples: samples.verification };
    await proveEqual(pair, `${id} rescaled it`, ports);
    const types = await inferTypes(model, pathOf('typed'), ports);
    const read = openModelFile(path, ports.files);
    current = preparedModel(path, read, types, { ...current, notes });
  }
  return current;
}

/** Some of the samples, as far from one another as they go. */
function spread(samples: SampleSource, most = samples.count): SampleSource {
  const count = Math.min(most, samples.count);
  return { ...samples, count, feeds: index => samples.feeds(Math.floor((index * samples.count) / count)) };
}
