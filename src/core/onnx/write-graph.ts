/** Graph to GraphProto. Lists keep the order of the file; what passes added follows. */
import type { Graph } from '../ir/graph.ts';
import type { Node } from '../ir/node.ts';
import type { Value } from '../ir/value.ts';
import { writeAttribute } from './attribute-proto.ts';
import { KeptGraph, KeptValue, keptOf, writeRest, writeText } from './kept.ts';
import { utf8 } from './message.ts';
import { Rope } from './rope.ts';
import { GRAPH, NODE } from './schema.ts';
import { type Externalize, writeTensor } from './tensor-proto.ts';
import { writeValueInfo } from './value-info.ts';

const GRAPH_KNOWN: ReadonlySet<number> = new Set(Object.values(GRAPH));
const NODE_KNOWN: ReadonlySet<number> = new Set(
  Object.values(NODE).filter(number => number !== NODE.overload),
);

export function writeGraph(graph: Graph, externalize: Externalize | undefined): Rope {
  const out = new Rope();
  const kept = graph.wire instanceof KeptGraph ? graph.wire : undefined;
  for (const node of graph.nodes) out.message(GRAPH.node, writeNode(node, externalize));
  writeText(out, GRAPH.name, graph.name, kept);
  for (const value of graph.initializers)
    if (value.initializer)
      out.message(GRAPH.initializer, writeTensor(value.initializer, value.name, externalize));
  for (const value of graph.inputs) out.message(GRAPH.input, writeValueInfo(value, 'input'));
  for (const value of graph.outputs) out.message(GRAPH.output, writeValueInfo(value, 'output'));
  writeInfos(out, graph, kept);
  for (const value of graph.sparseInitializers)
    if (value.wire instanceof KeptValue && value.wire.sparse) out.raw(value.wire.sparse);
  writeRest(out, kept, GRAPH_KNOWN);
  return out;
}

function writeNode(node: Node, externalize: Externalize | undefined): Rope {
  const out = new Rope();
  const kept = keptOf(node.wire);
  for (const value of node.inputs) out.string(NODE.input, value?.name ?? '');
  for (const value of node.outputs) out.string(NODE.output, value?.name ?? '');
  writeText(out, NODE.name, node.name, kept);
  out.string(NODE.opType, node.opType);
  for (const [name, attribute] of node.attributes)
    out.message(
      NODE.attribute,
      writeAttribute(name, attribute, graph => writeGraph(graph, externalize)),
    );
  // "ai.onnx" is another spelling of ''; the file's own is kept.
  const domain = kept?.fields.findLast(field => field.number === NODE.domain);
  if (node.domain === '' && domain?.bytes && utf8(domain.bytes) === 'ai.onnx') out.raw(domain.record);
  else writeText(out, NODE.domain, node.domain, kept);
  writeRest(out, kept, NODE_KNOWN);
  return out;
}

/** Types of the values in between: those the file told, those that a pass set, and left-over names still free. */
function writeInfos(out: Rope, graph: Graph, kept: KeptGraph | undefined): void {
  const own = new Map<string, Value>();
  for (const value of [...graph.inputs, ...graph.initializers, ...graph.sparseInitializers])
    own.set(value.name, value);
  for (const node of graph.nodes) for (const value of node.outputs) if (value) own.set(value.name, value);
  const done = new Set<Value>();
  const told = (value: Value): boolean =>
    value.wire instanceof KeptValue && value.wire.infos.has('valueInfo');
  for (const name of kept?.infoNames ?? []) {
    const value = own.get(name);
    const left = kept?.dangling.get(name);
    if (value && told(value) && !done.has(value)) {
      done.add(value);
      out.message(GRAPH.valueInfo, writeValueInfo(value, 'valueInfo'));
    } else if (!value && left) out.raw(left);
  }
  const outputs = new Set(graph.outputs);
  for (const node of graph.nodes)
    for (const value of node.outputs) {
      if (!value || done.has(value)) continue;
      if (told(value) || (value.type && !outputs.has(value)))
        out.message(GRAPH.valueInfo, writeValueInfo(value, 'valueInfo'));
    }
}
