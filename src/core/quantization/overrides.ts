/**
 * Options for single nodes by name pattern: mixed precision.
 *
 * Entries are read in order and the first whose pattern matches decides; what it leaves out stays as the method's options
 * say. A pattern that matches no node is an error: a typing mistake would pass for a setting.
 */
import type { Static } from 'typebox';
import { BitpressError } from '../../errors.ts';
import type { Graph } from '../ir/graph.ts';
import { walkNodes } from '../ir/walk.ts';
import { Type } from '../schema.ts';
import { glob } from './glob.ts';
import { literals } from './literals.ts';
import type { NodeFilter } from './node-filter.ts';
import type { StaticTypes, TypesOf } from './static/types.ts';
import { ACTIVATION_TYPES, BLOCK_SIZES, WEIGHT_TYPES } from './static/types.ts';

/** The options that may differ from node to node, without defaults. */
export const NodeTypeOptions = {
  activation: literals(ACTIVATION_TYPES, { description: 'Type of activations' }),
  weight: literals(WEIGHT_TYPES, {
    description: 'Type of weights; 4 bits make the file smaller, not the model faster',
  }),
  perChannel: Type.Boolean({ description: 'One weight scale per output channel' }),
  blockSize: literals(BLOCK_SIZES, {
    description: '4-bit weights of MatMul and Gemm: so many along the inner axis share a scale',
  }),
};

const Override = Type.Object(
  {
    match: Type.String({
      minLength: 1,
      maxLength: 512,
      description: 'Names of nodes, "*" for any characters',
    }),
    float: Type.Optional(Type.Literal(true, { description: 'Leave these nodes in float' })),
    activation: Type.Optional(NodeTypeOptions.activation),
    weight: Type.Optional(NodeTypeOptions.weight),
    perChannel: Type.Optional(NodeTypeOptions.perChannel),
    blockSize: Type.Optional(NodeTypeOptions.blockSize),
  },
  { additionalProperties: false },
);
export type Override = Static<typeof Override>;

export const Overrides = Type.Array(Override, {
  maxItems: 256,
  description: 'Other options for single nodes, the first entry that matches decides',
});

/** @throws BitpressError invalid_spec where an entry matches no node of the graph or its subgraphs */
export function checkMatches(overrides: readonly Override[], graph: Graph): void {
  const names = [...walkNodes(graph)].map(({ node }) => node.name);
  overrides.forEach(({ match }, index) => {
    if (names.some(glob(match))) return;
    throw new BitpressError('invalid_spec', `the override "${match}" matches no node of this model`, {
      field: `method.overrides.${index}.match`,
      hint: `Names are those of the prepared model, such as ${names
        .slice(0, NAMES_SHOWN)
        .map(name => `"${name}"`)
        .join(', ')}.`,
    });
  });
}
const NAMES_SHOWN = 3;

/** The types of each node: those of the method, changed by the first entry that matches. */
export function overriddenTypes(base: StaticTypes, overrides: readonly Override[]): TypesOf {
  const find = finder(overrides);
  return node => {
    const { match: _, float: __, ...changes } = find(node.name) ?? { match: '' };
    return { ...base, ...changes };
  };
}

/** The filter, and float for what an entry leaves in float. */
export function overriddenFilter(filter: NodeFilter, overrides: readonly Override[]): NodeFilter {
  const find = finder(overrides);
  return node => {
    const override = find(node.name);
    if (override?.float)
      return { code: 'excluded', text: `the override "${override.match}" keeps it in float` };
    return filter(node);
  };
}

function finder(overrides: readonly Override[]): (name: string) => Override | undefined {
  const entries = overrides.map(override => ({ override, matches: glob(override.match) }));
  return name => entries.find(({ matches }) => matches(name))?.override;
}
