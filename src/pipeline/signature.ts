/**
 * Inputs and outputs of a model with their types and shapes, from the runtime, which infers them. Weights are not loaded
 * for it where the runtime can do without.
 */
import type { Model } from '../core/ir/model.ts';
import type { Value, ValueType } from '../core/ir/value.ts';
import { isBitpressError } from '../errors.ts';
import { writeExposed } from './expose.ts';
import { largeConstants, withOutlined } from './outline.ts';
import type { Ports, SessionValue } from './ports.ts';

export interface Signature {
  readonly inputs: readonly SessionValue[];
  readonly outputs: readonly SessionValue[];
}

/**
 * @param exposed further values that are given as outputs
 * @throws BitpressError model_load_failed
 */
export async function signatureOf(
  model: Model,
  exposed: readonly Value[],
  path: string,
  ports: Ports,
): Promise<Signature> {
  const constants = largeConstants(model.graph);
  withOutlined(model, constants, () => writeExposed(model, exposed, path, ports.files));
  try {
    const { inputs, outputs } = await read(path, ports);
    const hidden = new Set(constants.map(({ name }) => name));
    return { inputs: inputs.filter(({ name }) => !hidden.has(name)), outputs };
  } catch (error) {
    if (constants.length === 0 || !isBitpressError(error)) throw error;
    // Some operator wants its weight as a constant; or the model is wrong, which is then said of the whole one.
    const whole = `${path}.whole`;
    writeExposed(model, exposed, whole, ports.files);
    return read(whole, ports);
  }
}

async function read(path: string, { runtime }: Ports): Promise<Signature> {
  // Nothing is run: threads would be started to wait, which they do busily.
  const { inputs, outputs, close } = await runtime.open(path, { optimization: 'off', threads: 1 });
  await close();
  return { inputs, outputs };
}

/** Of those that are tensors. */
export function typesByName(values: readonly SessionValue[]): Map<string, ValueType> {
  return new Map(
    values.flatMap(({ name, dtype, dims }) =>
      // No dims stand for a scalar and for an unknown rank alike: a rank of 0 would contradict the latter.
      dtype ? [[name, { kind: 'tensor', dtype, dims: dims?.length ? dims : undefined }] as const] : [],
    ),
  );
}
