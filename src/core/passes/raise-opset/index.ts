/**
 * Raises the ONNX opset of a model, node by node and opset by opset.
 *
 * Invariant: the model computes what it computed. A change of an operator is followed by its adapter, known to be
 * harmless, or refused with the node's name; nothing is guessed. The IR version follows, since newer opsets and
 * initializers that are no graph inputs need it.
 * Source: https://github.com/onnx/onnx/blob/main/docs/Versioning.md
 */
import { BitpressError } from '../../../errors.ts';
import type { Model } from '../../ir/model.ts';
import { Names } from '../../ir/names.ts';
import type { Node } from '../../ir/node.ts';
import { walkNodes } from '../../ir/walk.ts';
import type { PassResult } from '../pass.ts';
import { Site } from './adapter.ts';
import { ADAPTERS } from './adapters/index.ts';
import { BREAKING_CHANGES, KNOWN_OPERATORS } from './known-operators.ts';

/** Before it operators broadcast by attribute; onnxruntime itself guarantees 7 and later. */
const OLDEST_OPSET = 7;
/** As far as the table of changes reaches. */
const NEWEST_OPSET = 25;

/** "Released versions": the IR version each opset came with, from the opset on. */
const IR_VERSIONS: readonly (readonly [opset: number, ir: number])[] = [
  [7, 3],
  [9, 4],
  [10, 5],
  [11, 6],
  [12, 7],
  [15, 8],
  [19, 9],
  [21, 10],
  [23, 11],
  [24, 12],
  [25, 13],
];

/** A model at `target` or beyond keeps its opset. @throws BitpressError opset_unsupported naming the node */
export function raiseOpset(model: Model, target: number): PassResult {
  const from = model.opset;
  raiseIrVersion(model, Math.max(from, target));
  if (from >= target) return { changed: 0 };
  if (from < OLDEST_OPSET || target > NEWEST_OPSET)
    throw new BitpressError(
      'opset_unsupported',
      `opset ${from} cannot be raised to ${target}: from ${OLDEST_OPSET} up to ${NEWEST_OPSET} is possible`,
      { field: 'opset_import' },
    );
  const names = new Names(model.graph);
  let changed = 0;
  // The list is taken first: what adapters insert is written in the new opset already.
  for (const { graph, node } of [...walkNodes(model.graph)]) {
    if (node.domain === '' && raiseNode(node, new Site(model, graph, names, node), from, target)) changed++;
  }
  model.opsetImports.set('', target);
  return { changed: Math.max(changed, 1), notes: [`opset raised from ${from} to ${target}`] };
}

function raiseNode(node: Node, site: Site, from: number, target: number): boolean {
  let changed = false;
  for (let opset = from + 1; opset <= target; opset++) {
    const adapter = ADAPTERS.get(`${node.opType}-${opset}`);
    if (adapter) {
      adapter.adapt(node, site);
      changed = true;
    } else if (!KNOWN_OPERATORS.has(node.opType)) site.refuse('the operator is not known');
    else if (BREAKING_CHANGES.has(`${node.opType}-${opset}`))
      site.refuse(`opset ${opset} changed what it means`);
  }
  return changed;
}

function raiseIrVersion(model: Model, opset: number): void {
  const needed = IR_VERSIONS.findLast(([first]) => first <= opset)?.[1] ?? 0;
  model.irVersion = Math.max(model.irVersion, needed);
}
