/**
 * Bytes of the values that one run makes, as the runtime infers their shapes from those of one sample's feeds.
 *
 * Invariant: nothing is run. A shape that depends on more than shapes is not known; its value is taken to be as large as the
 * largest that the same node reads.
 */
import type { Graph } from '../core/ir/graph.ts';
import type { Value } from '../core/ir/value.ts';
import { DTYPES } from '../core/tensor/dtype.ts';
import { isBitpressError } from '../errors.ts';
import type { Ports, SessionValue, TensorMap } from './ports.ts';
import type { PreparedModel } from './prepared-model.ts';
import { signatureOf } from './signature.ts';

export interface Activations {
  /** By name: outputs of nodes of the main graph. */
  readonly bytes: ReadonlyMap<string, number>;
  /** Of what is held at the same time at most, where each value goes with its last reader. */
  readonly live: number;
}

/** Of the named values together. */
export function bytesOfValues({ bytes }: Activations, names: readonly string[]): number {
  return names.reduce((sum, name) => sum + (bytes.get(name) ?? 0), 0);
}

/** @param path of a file that is written for it */
export async function activationBytes(
  prepared: PreparedModel,
  feeds: TensorMap,
  path: string,
  ports: Ports,
): Promise<Activations> {
  const model = prepared.fresh();
  const { graph } = model;
  for (const input of graph.inputs) {
    const feed = feeds[input.name];
    if (feed && input.type?.kind === 'tensor') input.type = { ...input.type, dims: feed.dims };
  }
  const made = graph.nodes.flatMap(node => node.outputs).filter(value => value !== undefined);
  const hidden = made.filter(value => !graph.outputs.includes(value));
  const { outputs } = await signatureOf(model, hidden, path, ports).catch(error => {
    // Shapes that do not fit are for the job to refuse.
    if (isBitpressError(error)) return { outputs: [] };
    throw error;
  });
  const sizes = new Map(outputs.map(value => [value.name, sizeOf(value)]));
  for (const [name, { data }] of Object.entries(feeds)) sizes.set(name, (data as Uint8Array).byteLength);
  const bytes = new Map<string, number>();
  for (const node of graph.nodes) {
    const read = Math.max(
      0,
      ...node.inputs.map(value => (value && (bytes.get(value.name) ?? sizes.get(value.name))) ?? 0),
    );
    for (const value of node.outputs) if (value) bytes.set(value.name, sizes.get(value.name) ?? read);
  }
  return { bytes, live: liveBytes(graph, bytes) };
}

function sizeOf({ dtype, dims }: SessionValue): number | undefined {
  if (!dtype || !dims?.every(dim => typeof dim === 'number')) return undefined;
  return (DTYPES[dtype].bits / 8) * (dims as readonly number[]).reduce((product, dim) => product * dim, 1);
}

/** Nodes in their order; what is given out stays. */
function liveBytes(graph: Graph, bytes: ReadonlyMap<string, number>): number {
  const last = new Map<Value, number>();
  for (const [at, node] of graph.nodes.entries())
    for (const value of node.inputs) if (value) last.set(value, at);
  const outputs = new Set(graph.outputs);
  let [held, most] = [0, 0];
  for (const [at, node] of graph.nodes.entries()) {
    const made = node.outputs.filter(value => value !== undefined);
    for (const value of made) held += bytes.get(value.name) ?? 0;
    most = Math.max(most, held);
    for (const value of new Set([...node.inputs, ...made]))
      if (value?.producer && !outputs.has(value) && (last.get(value) ?? at) === at)
        held -= bytes.get(value.name) ?? 0;
  }
  return most;
}
