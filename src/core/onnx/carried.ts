/**
 * Messages that are carried through unread (functions, training info, sparse tensors) hold tensors and graphs too.
 *
 * Invariant: what the IR does not see obeys the same safety rules: no tensor in it has external data, its nodes count,
 * its graphs nest no deeper than the limit.
 */
import { BitpressError } from '../../errors.ts';
import { Message } from './message.ts';
import { checkDepth, type ReadContext, spendNode } from './read-context.ts';
import { ATTRIBUTE, FUNCTION, GRAPH, LOCATION_EXTERNAL, NODE, SPARSE_TENSOR, TENSOR } from './schema.ts';

export type CarriedKind = 'graph' | 'node' | 'attribute' | 'tensor' | 'sparse' | 'function' | 'training';

/** Which field of which message holds which message. */
const NESTED: Record<CarriedKind, Readonly<Record<number, CarriedKind>>> = {
  graph: { [GRAPH.node]: 'node', [GRAPH.initializer]: 'tensor', [GRAPH.sparseInitializer]: 'sparse' },
  node: { [NODE.attribute]: 'attribute' },
  attribute: {
    [ATTRIBUTE.t]: 'tensor',
    [ATTRIBUTE.g]: 'graph',
    [ATTRIBUTE.tensors]: 'tensor',
    [ATTRIBUTE.graphs]: 'graph',
    [ATTRIBUTE.sparseTensor]: 'sparse',
    [ATTRIBUTE.sparseTensors]: 'sparse',
  },
  tensor: {},
  sparse: { [SPARSE_TENSOR.values]: 'tensor', [SPARSE_TENSOR.indices]: 'tensor' },
  function: { [FUNCTION.node]: 'node', 11: 'attribute' },
  training: { 1: 'graph', 2: 'graph' },
};

/** An operator call as a function is found by it. */
export interface Call {
  readonly domain: string;
  readonly opType: string;
  readonly overload: string;
}

/** @throws BitpressError external_data_refused, model_limit_exceeded */
export function scanCarried(
  bytes: Uint8Array,
  kind: CarriedKind,
  context: ReadContext,
  onNode?: (call: Call) => void,
  depth = 1,
): void {
  const message = new Message(bytes, kind, context.budget);
  if (kind === 'graph') checkDepth(context, depth, message.string(GRAPH.name));
  if (kind === 'tensor') refuseExternal(message);
  if (kind === 'node') {
    spendNode(context);
    onNode?.({
      domain: message.string(NODE.domain),
      opType: message.string(NODE.opType),
      overload: message.string(NODE.overload),
    });
  }
  for (const field of message.fields) {
    const inner = NESTED[kind][field.number];
    if (inner)
      scanCarried(message.payload(field), inner, context, onNode, depth + (inner === 'graph' ? 1 : 0));
  }
}

function refuseExternal(tensor: Message): void {
  if (!tensor.has(TENSOR.externalData) && tensor.int(TENSOR.dataLocation) !== BigInt(LOCATION_EXTERNAL))
    return;
  const field = tensor.string(TENSOR.name);
  throw new BitpressError(
    'external_data_refused',
    `tensor "${field}" has external data in a place where it is not supported (function, sparse tensor or training info)`,
    { field },
  );
}
