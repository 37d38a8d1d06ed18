/** Which nodes a method may touch: `include` and `exclude` by name pattern, `includeTypes` and `excludeTypes` by operator. */
import type { Static } from 'typebox';
import type { Node } from '../ir/node.ts';
import { Type } from '../schema.ts';
import { glob } from './glob.ts';
import type { FloatReason } from './plan.ts';

const Patterns = (description: string) =>
  Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 512 }), { maxItems: 1024, description }));

export const FilterOptions = {
  include: Patterns('Only nodes whose name matches one of these patterns ("*" stands for any characters)'),
  exclude: Patterns('Nodes to leave in float, by name pattern, e.g. "/head/*"'),
  includeTypes: Patterns('Only these operator types, e.g. "Conv"'),
  excludeTypes: Patterns('Operator types to leave in float'),
};

const Filter = Type.Object(FilterOptions);
export type NodeFilterOptions = Static<typeof Filter>;

/** Reason why the filter keeps the node float; undefined where the node may be quantized. */
export type NodeFilter = (node: Node) => FloatReason | undefined;

export function nodeFilter(options: NodeFilterOptions, released: ReadonlyMap<string, string>): NodeFilter {
  const include = options.include?.map(glob);
  const exclude = (options.exclude ?? []).map(pattern => ({ pattern, matches: glob(pattern) }));
  return node => {
    const why = released.get(node.name);
    if (why !== undefined) return { code: 'released_by_repair', text: why };
    const hit = exclude.find(({ matches }) => matches(node.name));
    if (hit) return { code: 'excluded', text: `its name matches the exclude pattern "${hit.pattern}"` };
    if (options.excludeTypes?.includes(node.opType))
      return { code: 'excluded', text: `operator type ${node.opType} is excluded` };
    if (include && !include.some(matches => matches(node.name)))
      return { code: 'excluded', text: 'its name matches no include pattern' };
    if (options.includeTypes && !options.includeTypes.includes(node.opType))
      return { code: 'excluded', text: `operator type ${node.opType} is not among the included ones` };
    return undefined;
  };
}
