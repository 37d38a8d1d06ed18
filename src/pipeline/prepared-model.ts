/**
 * The float model that all later stages start from: folded, named, typed.
 *
 * Invariant: `fresh()` gives a new graph each time, because lowering edits in place; reading again costs milliseconds,
 * as tensors are views on the same bytes.
 */
import type { Model } from '../core/ir/model.ts';
import type { ValueType } from '../core/ir/value.ts';
import { inferNestedTypes } from '../core/ops/infer-nested-types.ts';
import type { SessionValue } from './ports.ts';

export interface PreparedModel {
  readonly path: string;
  readonly inputs: readonly SessionValue[];
  readonly outputs: readonly SessionValue[];
  /** What the user should know about how it was prepared. */
  readonly notes: readonly string[];
  fresh(): Model;
}

export function preparedModel(
  path: string,
  read: () => Model,
  types: ReadonlyMap<string, ValueType>,
  session: Pick<PreparedModel, 'inputs' | 'outputs' | 'notes'>,
): PreparedModel {
  return {
    path,
    inputs: session.inputs,
    outputs: session.outputs,
    notes: session.notes,
    fresh() {
      const model = read();
      for (const node of model.graph.nodes)
        for (const output of node.outputs) if (output) output.type ??= types.get(output.name);
      inferNestedTypes(model.graph);
      return model;
    },
  };
}
