/**
 * Names the unnamed outputs of nodes in a message that is carried as its record, such as a local function.
 *
 * Invariant: nothing else of the record changes, and a new name occurs nowhere else in it.
 */
import { MODEL_LIMITS } from './limits.ts';
import { type Budget, concat, type Field, Message } from './message.ts';
import { Rope } from './rope.ts';
import { ATTRIBUTE, FUNCTION, GRAPH, NODE } from './schema.ts';

type Kind = 'function' | 'graph' | 'node' | 'attribute';

/** Where nodes are found. */
const NESTED: Record<Kind, Readonly<Record<number, Kind>>> = {
  function: { [FUNCTION.node]: 'node' },
  graph: { [GRAPH.node]: 'node' },
  node: { [NODE.attribute]: 'attribute' },
  attribute: { [ATTRIBUTE.g]: 'graph', [ATTRIBUTE.graphs]: 'graph' },
};

export interface Renamed {
  readonly record: Uint8Array;
  /** Outputs that got a name. */
  readonly changed: number;
}

/**
 * @param record of the function with its tag, one that the reader has checked
 * @param concerns by domain and operator; 'ai.onnx' is given as ''
 */
export function nameFunctionOutputs(
  record: Uint8Array,
  concerns: (domain: string, opType: string) => boolean,
): Renamed {
  const budget: Budget = { limits: MODEL_LIMITS, fields: 0, nodes: 0 };
  const [field] = new Message(record, 'model', budget).fields;
  if (!field) return { record, changed: 0 };
  const prefix = unusedPrefix(record);
  let changed = 0;

  const rewrite = (bytes: Uint8Array, kind: Kind): Rope => {
    const message = new Message(bytes, kind, budget);
    const named = kind === 'node' && concerns(domainOf(message), message.string(NODE.opType));
    const out = new Rope();
    for (const each of message.fields) {
      const inner = NESTED[kind][each.number];
      if (inner) out.message(each.number, rewrite(message.payload(each), inner));
      else if (named && isUnnamedOutput(each)) out.string(NODE.output, `${prefix}${changed++}`);
      else out.raw(each.record);
    }
    return out;
  };

  const whole = new Rope();
  whole.message(field.number, rewrite(field.bytes ?? new Uint8Array(), 'function'));
  return changed === 0 ? { record, changed } : { record: concat(whole.list()), changed };
}

function domainOf(node: Message): string {
  const domain = node.string(NODE.domain);
  return domain === 'ai.onnx' ? '' : domain;
}

const isUnnamedOutput = ({ number, bytes }: Field): boolean =>
  number === NODE.output && bytes?.byteLength === 0;

/** Bytes that occur nowhere in the record, so that no name in it begins with them. */
function unusedPrefix(record: Uint8Array): string {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  for (let count = 0; ; count++) {
    const prefix = count === 0 ? 'unnamed_' : `unnamed_${count}_`;
    if (!bytes.includes(prefix)) return prefix;
  }
}
