/** Runs a model in this process, and lets the runtime infer the types of its values. */
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { Model } from '../../src/core/ir/model.ts';
import type { Dim } from '../../src/core/ir/value.ts';
import { readModel } from '../../src/core/onnx/read.ts';
import type { DType } from '../../src/core/tensor/dtype.ts';
import { bytesOf } from './run-bytes.ts';

export type Feeds = Readonly<Record<string, OrtTensor>>;

export const feed = (dims: readonly number[], data: readonly number[]): OrtTensor =>
  new OrtTensor('float32', Float32Array.from(data), dims);

function open(model: Model): Promise<InferenceSession> {
  return InferenceSession.create(bytesOf(model), { logSeverityLevel: 3, graphOptimizationLevel: 'disabled' });
}

/** Every output, by name. */
export async function runModel(model: Model, feeds: Feeds): Promise<ReadonlyMap<string, Float32Array>> {
  const session = await open(model);
  const results = await session.run(feeds);
  await session.release();
  return new Map(Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]));
}

/** The same model with the types and shapes that the runtime infers. */
export async function typedModel(model: Model): Promise<Model> {
  const exposed = readModel(bytesOf(model));
  const names = new Set(exposed.graph.outputs.map(value => value.name));
  for (const value of exposed.graph.nodes.flatMap(node => node.outputs))
    if (value && !names.has(value.name)) exposed.graph.outputs.push(value);
  const session = await open(exposed);
  const types = new Map(session.outputMetadata.map(each => [each.name, each]));
  await session.release();
  for (const value of model.graph.nodes.flatMap(node => node.outputs)) {
    const type = value && types.get(value.name);
    if (type?.isTensor)
      value!.type = { kind: 'tensor', dtype: type.type as DType, dims: type.shape as readonly Dim[] };
  }
  return model;
}

/** Signal to noise in dB; infinite where both are equal. */
export function sqnrDb(reference: Float32Array, other: Float32Array): number {
  let signal = 0;
  let noise = 0;
  reference.forEach((x, i) => {
    signal += x * x;
    noise += (x - (other[i] as number)) ** 2;
  });
  return 10 * Math.log10(signal / noise);
}
