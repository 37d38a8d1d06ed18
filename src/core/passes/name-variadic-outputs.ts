/**
 * Gives a name to outputs without one of operators that may have any number of outputs.
 *
 * An empty name is how ONNX omits an optional output; of a variadic list every entry is there, and onnxruntime 1.30 ends
 * the process while it loads a Split with an empty one.
 * https://onnx.ai/onnx/repo-docs/IR.html#optional-inputs-and-outputs
 *
 * Requires nothing; runs before the runtime sees the model. Ensures: such outputs have names that no other value has.
 */
import { Names } from '../ir/names.ts';
import { Value } from '../ir/value.ts';
import { walkNodes } from '../ir/walk.ts';
import type { Pass } from './pass.ts';

const VARIADIC: ReadonlySet<string> = new Set(['If', 'Loop', 'Scan', 'SequenceMap', 'Split']);

export const nameVariadicOutputs: Pass = {
  id: 'name-variadic-outputs',
  summary: 'Names the unnamed outputs of Split and its like, which onnxruntime does not survive.',
  run({ graph }) {
    let changed = 0;
    let names: Names | undefined;
    for (const { node } of walkNodes(graph)) {
      if (node.domain !== '' || !VARIADIC.has(node.opType)) continue;
      for (const [index, output] of node.outputs.entries()) {
        if (output) continue;
        names ??= new Names(graph);
        node.setOutput(index, new Value(names.value(`${node.name || node.opType}_${index}`)));
        changed++;
      }
    }
    return { changed };
  },
};
