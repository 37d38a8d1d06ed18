/** What a user should know of a model that draws random numbers: no two runs of it are alike, so neither are two models. */
import type { Model } from '../core/ir/model.ts';
import type { Node } from '../core/ir/node.ts';
import { walkNodes } from '../core/ir/walk.ts';

/** Each takes an attribute `seed`, with which it draws the same numbers again. */
const RANDOM: ReadonlySet<string> = new Set([
  'Bernoulli',
  'Multinomial',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
]);

export function randomNotes({ graph }: Model): readonly string[] {
  const isRandom = ({ qualifiedType, attributes }: Node): boolean =>
    RANDOM.has(qualifiedType) && !attributes.has('seed');
  const first = [...walkNodes(graph)].find(({ node }) => isRandom(node))?.node;
  if (!first) return [];
  return [
    `The ${first.opType} that gives "${first.outputs[0]?.name}" draws other random numbers in each model; the figures of outputs behind it hold ` +
      'them against the artifact. An attribute "seed" makes them the same.',
  ];
}
