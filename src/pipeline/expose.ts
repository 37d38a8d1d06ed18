/**
 * Makes values of the main graph visible: writes a copy of the model that gives them as outputs, without declared
 * types, and lets the runtime fill these in. This is how types and shapes are inferred and how calibration sees values.
 */
import type { Model } from '../core/ir/model.ts';
import type { Value } from '../core/ir/value.ts';
import type { Files } from './ports.ts';
import { writeWorkingFile } from './write-model-file.ts';

/** Writes the model with these values as further outputs. The model itself is left as it was. */
export function writeExposed(model: Model, values: readonly Value[], path: string, files: Files): void {
  const { outputs } = model.graph;
  const kept = outputs.length;
  const types = values.map(value => value.type);
  for (const value of values) {
    value.type = undefined;
    outputs.push(value);
  }
  try {
    writeWorkingFile(model, path, files);
  } finally {
    outputs.length = kept;
    values.forEach((value, index) => {
      value.type = types[index];
    });
  }
}
