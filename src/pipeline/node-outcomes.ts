/** What became of each node, for the report. */
import type { Model } from '../core/ir/model.ts';
import { walkNodes } from '../core/ir/walk.ts';
import type { QuantPlan } from '../core/quantization/plan.ts';
import type { NodeOutcome } from './stage-results.ts';

export function nodeOutcomes(model: Model, plan: QuantPlan): readonly NodeOutcome[] {
  return [...walkNodes(model.graph)].map(({ node }) => {
    const decision = plan.nodes.get(node.name);
    return {
      node: node.name,
      opType: node.qualifiedType,
      outcome:
        decision?.action === 'quantize'
          ? 'quantized'
          : decision?.action === 'absorb'
            ? 'absorbed'
            : {
                float: decision?.reason ?? {
                  code: 'operator_not_supported',
                  text: 'the method does not touch it',
                },
              },
    };
  });
}
