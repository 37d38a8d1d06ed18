/**
 * The float model that all later stages start from: folded, named, typed.
 *
 * Invariant: `fresh()` gives a new graph each time, because lowering edits in place; reading again costs milliseconds,
 * as tensors are views on the same bytes.
 */
import type { Model } from '../core/ir/model.ts';
import type { ValueType } from '../core/ir/value.ts';
import { readModel } from '../core/onnx/read.ts';
import type { SessionValue } from './ports.ts';

export interface PreparedModel {
  readonly path: string;
  readonly inputs: readonly SessionValue[];
  readonly outputs: readonly SessionValue[];
  fresh(): Model;
}

export function preparedModel(
  path: string,
  bytes: Uint8Array,
  types: ReadonlyMap<string, ValueType>,
  session: Pick<PreparedModel, 'inputs' | 'outputs'>,
): PreparedModel {
  return {
    path,
    inputs: session.inputs,
    outputs: session.outputs,
    fresh() {
      const model = readModel(bytes);
      for (const node of model.graph.nodes)
        for (const output of node.outputs) if (output) output.type ??= types.get(output.name);
      return model;
    },
  };
}
