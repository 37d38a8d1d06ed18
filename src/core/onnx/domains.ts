/**
 * Operator domains that onnxruntime's CPU build knows. Any other needs a library of its author in our process, which
 * is refused by name, unless the model brings the operator as a local function.
 */
import { BitpressError } from '../../errors.ts';
import type { Model } from '../ir/model.ts';
import { walkNodes } from '../ir/walk.ts';
import { isLocalFunction } from './functions.ts';

const KNOWN_DOMAINS: ReadonlySet<string> = new Set(['', 'ai.onnx.ml', 'com.microsoft']);

/** @throws BitpressError model_unsupported naming the node */
export function checkDomains(model: Model): void {
  const local = new Set<string>();
  for (const item of model.functions) if (isLocalFunction(item)) local.add(item.domain);
  for (const { node } of walkNodes(model.graph)) {
    if (KNOWN_DOMAINS.has(node.domain) || local.has(node.domain)) continue;
    throw new BitpressError(
      'model_unsupported',
      `node "${node.name}" is a ${node.qualifiedType}: the operator domain "${node.domain}" is not available here`,
      { node: node.name },
    );
  }
}
