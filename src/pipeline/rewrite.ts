/**
 * Accuracy helpers that rewrite the float model: each sees what it asks for of the calibration samples, edits a fresh
 * copy, and the result is proven equal to the model before by running both.
 *
 * Invariant: what is given back computes what the prepared model did; ranges are observed afterwards, on the result.
 */

import { runPasses } from '../core/passes/pass.ts';
import type { FloatRewrite } from '../core/quantization/helpers/helper.ts';
import { calibrate } from './calibrate.ts';
import type { Ports } from './ports.ts';
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
  for (const { id, watch, run } of rewrites) {
    const pathOf = (what: string): string => ports.files.join(workDir, `${id}-${what}.onnx`);
    const observers = watch(current.fresh().graph);
    if (samples.calibration) {
      const fileName = `${id}-watched.onnx`;
      await calibrate(
        { prepared: current, observers, samples: samples.calibration, workDir, fileName },
        ports,
      );
    }
    const model = current.fresh();
    const notes = runPasses(model, [{ id, summary: id, run: each => run(each, observers) }]);
    const path = pathOf('model');
    writeWorkingFile(model, path, ports.files);
    const pair = { reference: current.path, candidate: path, samples: samples.verification };
    await proveEqual(pair, `${id} rescaled it`, ports);
    const types = await inferTypes(model, pathOf('typed'), ports);
    const read = openModelFile(path, ports.files);
    current = preparedModel(path, read, types, [...current.notes, ...notes]);
  }
  return current;
}
