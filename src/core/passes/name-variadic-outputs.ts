/**
 * Gives a name to outputs without one of operators that may have any number of outputs, in every graph and function.
 *
 * An empty name is how ONNX omits an optional output; of a variadic list every entry is there, and onnxruntime 1.30 ends
 * the process while it loads a Split with an empty one.
 * https://onnx.ai/onnx/repo-docs/IR.html#optional-inputs-and-outputs
 *
 * Requires nothing; runs before the runtime sees the model. Ensures: such outputs have names that no other value has.
 */
import type { Model } from '../ir/model.ts';
import { Names } from '../ir/names.ts';
import { Value } from '../ir/value.ts';
import { walkNodes } from '../ir/walk.ts';
import { isLocalFunction } from '../onnx/functions.ts';
import { nameFunctionOutputs } from '../onnx/name-carried-outputs.ts';
import type { Pass } from './pass.ts';

const VARIADIC: ReadonlySet<string> = new Set(['If', 'Loop', 'Scan', 'SequenceMap', 'Split']);

const isVariadic = (domain: string, opType: string): boolean => domain === '' && VARIADIC.has(opType);

export const nameVariadicOutputs: Pass = {
  id: 'name-variadic-outputs',
  summary: 'Names the unnamed outputs of Split and its like, which onnxruntime does not survive.',
  run: model => ({ changed: nameInGraphs(model) + nameInFunctions(model) }),
};

function nameInGraphs({ graph }: Model): number {
  let changed = 0;
  let names: Names | undefined;
  for (const { node } of walkNodes(graph)) {
    if (!isVariadic(node.domain, node.opType)) continue;
    for (const [index, output] of node.outputs.entries()) {
      if (output) continue;
      names ??= new Names(graph);
      node.setOutput(index, new Value(names.value(`${node.name || node.opType}_${index}`)));
      changed++;
    }
  }
  return changed;
}

function nameInFunctions(model: Model): number {
  let changed = 0;
  model.functions = model.functions.map(item => {
    if (!isLocalFunction(item)) return item;
    const renamed = nameFunctionOutputs(item.record, isVariadic);
    changed += renamed.changed;
    return renamed.changed > 0 ? { ...item, record: renamed.record } : item;
  });
  return changed;
}
