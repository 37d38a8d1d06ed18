/**
 * The shape that a file declares for an output is a claim. onnxruntime warns of a false one and goes on with the real
 * shape; what is written around the output would be refused. So shapes are inferred without the claims, and a claim that
 * contradicts what is inferred gives way to it.
 *
 * Invariant: declared shapes that say the same, or more (names of dimensions), stay.
 */
import type { Model } from '../core/ir/model.ts';
import type { Dim } from '../core/ir/value.ts';
import type { Ports, SessionValue } from './ports.ts';
import { type Signature, signatureOf } from './signature.ts';

export interface CheckedSignature extends Signature {
  /** Names of the outputs of which the model now says something else. */
  readonly corrected: readonly string[];
}

/** @throws BitpressError model_load_failed */
export async function checkedSignature(model: Model, path: string, ports: Ports): Promise<CheckedSignature> {
  const declared = model.graph.outputs.map(value => ({ value, type: value.type }));
  for (const { value, type } of declared)
    if (value.producer && type?.kind === 'tensor') value.type = { ...type, dims: undefined };
  let signature: Signature;
  try {
    signature = await signatureOf(model, [], path, ports);
  } finally {
    for (const { value, type } of declared) value.type = type;
  }
  const corrected: string[] = [];
  const outputs = signature.outputs.map((inferred, index): SessionValue => {
    const { value, type } = declared[index]!;
    if (type?.kind !== 'tensor' || type.dims === undefined) return inferred;
    if (!contradicts(type.dims, inferred.dims)) return { ...inferred, dims: type.dims };
    value.type = { ...type, dims: inferred.dims };
    corrected.push(value.name);
    return inferred;
  });
  return { inputs: signature.inputs, outputs, corrected };
}

/** The runtime gives no dimensions for a scalar and for an unknown rank alike: neither is held against the claim. */
function contradicts(declared: readonly Dim[], inferred: readonly Dim[] | undefined): boolean {
  if (!inferred?.length) return false;
  return (
    declared.length !== inferred.length ||
    declared.some(
      (dim, axis) => typeof dim === 'number' && typeof inferred[axis] === 'number' && dim !== inferred[axis],
    )
  );
}
