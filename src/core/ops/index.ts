/** The operator families. An operator that no family names stays float. */
import { registry } from '../../registry.ts';
import type { Node } from '../ir/node.ts';
import { activation } from './activation.ts';
import { concat } from './concat.ts';
import { conv } from './conv.ts';
import { elementwise } from './elementwise.ts';
import { matmul } from './matmul.ts';
import { movement } from './movement.ts';
import { normalization } from './normalization.ts';
import type { OperatorSpec } from './operator.ts';
import { pooling } from './pooling.ts';
import { recurrent } from './recurrent.ts';

export const OPERATOR_FAMILIES = registry('operator families', [
  conv,
  matmul,
  elementwise,
  activation,
  pooling,
  movement,
  concat,
  normalization,
  recurrent,
]);

const SPECS = new Map<string, OperatorSpec>();
for (const family of OPERATOR_FAMILIES.all) {
  for (const [name, spec] of Object.entries(family.operators)) {
    if (SPECS.has(name)) throw new Error(`operator families: "${name}" is in two of them`);
    SPECS.set(name, spec);
  }
}

export function operatorSpec(node: Node): OperatorSpec | undefined {
  return SPECS.get(node.qualifiedType);
}
