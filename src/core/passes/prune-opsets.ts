/**
 * Drops what nothing uses: initializers without a reader and imports of operator sets that no node is from (onnxruntime
 * lists all of its own when it saves a model).
 *
 * Requires nothing. Ensures: every opset import but the ONNX one is used.
 */
import { removeUnusedInitializers } from '../ir/unused.ts';
import { walkGraphs, walkNodes } from '../ir/walk.ts';
import type { Pass } from './pass.ts';

export const pruneOpsets: Pass = {
  id: 'prune-opsets',
  summary: 'Removes unread initializers and unused operator-set imports, last, when nothing adds any more.',
  run(model) {
    let changed = 0;
    for (const graph of walkGraphs(model.graph)) changed += removeUnusedInitializers(graph);
    if (model.functions.length > 0) return { changed };
    const used = new Set([...walkNodes(model.graph)].map(({ node }) => node.domain));
    for (const domain of [...model.opsetImports.keys()]) {
      if (domain === '' || used.has(domain)) continue;
      model.opsetImports.delete(domain);
      changed++;
    }
    return { changed };
  },
};
