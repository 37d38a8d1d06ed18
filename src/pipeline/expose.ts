/**
 * Makes values of the main graph visible: writes a copy of the model that gives them as outputs, without declared
 * types, and lets the runtime fill these in. This is how types and shapes are inferred and how calibration sees values.
 */
import type { Model } from '../core/ir/model.ts';
import type { Value } from '../core/ir/value.ts';
import { writeModel } from '../core/onnx/write.ts';

/** The bytes of the model with these values as further outputs. The model itself is left as it was. */
export function exposeValues(model: Model, values: readonly Value[]): readonly Uint8Array[] {
  const { outputs } = model.graph;
  const kept = outputs.length;
  const types = values.map(value => value.type);
  for (const value of values) {
    value.type = undefined;
    outputs.push(value);
  }
  try {
    return writeModel(model).chunks;
  } finally {
    outputs.length = kept;
    values.forEach((value, index) => {
      value.type = types[index];
    });
  }
}
