/**
 * The structure of a model before and after, as columns of boxes: layers of the source, operators of the artifact.
 *
 * QuantizeLinear and DequantizeLinear are not drawn: they say in which type the operator between them computes, and that
 * is the mark on its box.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { kerasImporter } from '../../src/core/importers/keras/index.ts';
import type { Node } from '../../src/core/ir/node.ts';
import { readModelFile } from '../../src/pipeline/write-model-file.ts';
import { jobFiles } from '../../src/platform/job-files.ts';

export interface Box {
  readonly label: string;
  /** The type it computes in, where that is not float32. */
  readonly mark?: string;
}

export interface Drawing {
  readonly layers: readonly Box[];
  readonly operators: readonly Box[];
}

const HIDDEN = new Set(['QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear', 'Cast', 'Identity']);
const INTEGER: Readonly<Record<string, string>> = {
  MatMulInteger: 'int8',
  ConvInteger: 'int8',
  DynamicQuantizeLSTM: 'int8',
};

export async function drawingOf(source: string, artifact: string | undefined): Promise<Drawing> {
  const nodes = artifact === undefined ? [] : readModelFile(artifact, jobFiles).graph.nodes;
  return {
    layers: await layersOf(source),
    operators: nodes.filter(node => !HIDDEN.has(node.opType)).map(boxOf),
  };
}

interface Topology {
  readonly modelTopology: {
    readonly config: { readonly layers: readonly { readonly class_name: string }[] };
  };
}

async function layersOf(path: string): Promise<readonly Box[]> {
  const bytes = new Uint8Array(readFileSync(path));
  const source = { name: basename(path), bytes: () => bytes, companions: new Map() };
  const model = await kerasImporter.forEngine?.(source);
  const { modelTopology } = JSON.parse(
    model?.json ?? '{"modelTopology":{"config":{"layers":[]}}}',
  ) as Topology;
  return modelTopology.config.layers
    .map(layer => ({ label: layer.class_name }))
    .filter(({ label }) => label !== 'InputLayer' && label !== 'Dropout');
}

function boxOf(node: Node): Box {
  const mark = INTEGER[node.opType] ?? markOf(node);
  return { label: node.opType, ...(mark !== undefined && { mark }) };
}

function markOf(node: Node): string | undefined {
  if (node.opType === 'MatMulNBits') return `int${node.int('bits', 4)} weights`;
  const constants = node.inputs.flatMap(value => value?.initializer?.dtype ?? []);
  if (constants.includes('float16')) return 'float16';
  const dequantized = node.inputs.filter(value => value?.producer?.opType === 'DequantizeLinear');
  if (dequantized.length === 0) return undefined;
  const stored = dequantized[0]?.producer?.inputs[0]?.dtype;
  return dequantized.length > 1 || stored === undefined ? 'int8' : `${stored} weights`;
}
