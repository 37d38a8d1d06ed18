/**
 * The float model that all later stages start from: folded, named, typed.
 *
 * Invariant: `fresh()` gives a new graph each time, because lowering edits in place; reading again costs milliseconds,
 * as tensors are views on the same bytes.
 */
import type { Model } from '../core/ir/model.ts';
import type { Value, ValueType } from '../core/ir/value.ts';
import { walkNodes } from '../core/ir/walk.ts';
import { inferNestedTypes } from '../core/ops/infer-nested-types.ts';

export interface PreparedModel {
  readonly path: string;
  /** What the user should know about how it was prepared. */
  readonly notes: readonly string[];
  /** Constants of the upload were float16 or bfloat16: what stays float of them is written so again. */
  readonly halves: boolean;
  fresh(): Model;
}

export function preparedModel(
  path: string,
  read: () => Model,
  types: ReadonlyMap<string, ValueType>,
  { notes, halves }: Pick<PreparedModel, 'notes' | 'halves'>,
): PreparedModel {
  return {
    path,
    notes,
    halves,
    fresh() {
      const model = read();
      const given = new Set(model.graph.outputs);
      for (const { node } of walkNodes(model.graph))
        for (const output of node.outputs)
          if (output && !isTyped(output, given)) output.type = types.get(output.name) ?? output.type;
      inferNestedTypes(model.graph);
      return model;
    },
  };
}

/**
 * What the file says of shapes was checked, or is forgotten (declared-types.ts, forget-shapes.ts). What it leaves open of the
 * outputs stays open.
 */
const isTyped = (value: Value, given: ReadonlySet<Value>): boolean =>
  value.type !== undefined && (value.dims !== undefined || value.type.kind !== 'tensor' || given.has(value));
