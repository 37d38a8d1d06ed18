/** What every part of the reader is handed: what may be spent, and the files beside the model. */
import { BitpressError } from '../../errors.ts';
import type { ByteSources } from './external-data.ts';
import { limitExceeded } from './limits.ts';
import type { Budget } from './message.ts';

export interface ReadContext {
  readonly budget: Budget;
  readonly files: ByteSources | undefined;
}

export function spendNode({ budget }: ReadContext): void {
  if (++budget.nodes > budget.limits.maxNodes)
    throw limitExceeded(budget.limits, 'maxNodes', 'the number of nodes');
}

export function checkDepth({ budget }: ReadContext, depth: number, node: string): void {
  if (depth > budget.limits.maxGraphDepth)
    throw limitExceeded(budget.limits, 'maxGraphDepth', `the nesting of graphs at node "${node}"`, { node });
}

export function invalidNode(node: string, what: string): BitpressError {
  return new BitpressError('model_invalid', `node "${node}" ${what}`, { node });
}
