/**
 * Refuses a model with an input or output that cannot be fed or compared: one that is no tensor, or whose elements the
 * runtime's binding does not take. An optional tensor comes out as a tensor.
 */
import type { Model } from '../core/ir/model.ts';
import type { Value } from '../core/ir/value.ts';
import { isArrayDType } from '../core/tensor/tensor.ts';
import { BitpressError } from '../errors.ts';

/** Numbers that onnxruntime computes with, and its binding to JavaScript does not give out. */
const NOT_GIVEN_OUT: ReadonlySet<string> = new Set(['bfloat16']);

/** @throws BitpressError model_unsupported */
export function refuseForeignValues({ graph }: Model): void {
  const fed = graph.inputs.filter(({ initializer }) => !initializer);
  for (const value of fed) refuse(value, 'input', 'Make the model begin behind the node that reads it.');
  for (const value of graph.outputs)
    refuse(
      value,
      'output',
      'Take it out of the outputs, or end the model with a tensor (ConcatFromSequence, SequenceAt, Cast).',
    );
}

function refuse({ name, type }: Value, role: 'input' | 'output', hint: string): void {
  const what = foreign(type);
  if (what) throw new BitpressError('model_unsupported', `${role} "${name}" ${what}`, { field: name, hint });
}

function foreign(type: Value['type']): string | undefined {
  if (type?.kind === 'opaque') return type.holds && `is a ${type.holds}, and only tensors are compared`;
  if (type && (!isArrayDType(type.dtype) || NOT_GIVEN_OUT.has(type.dtype)))
    return `has elements of type ${type.dtype}, which are not compared`;
  return undefined;
}
