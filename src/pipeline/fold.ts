/**
 * Folding by the runtime: its basic optimisation evaluates constants and merges BatchNormalization into convolutions.
 *
 * Weights that it has no reason to touch, the matrices of MatMul and Gemm and the tables of Gather, are shown to it as
 * inputs and put back afterwards, so that they are neither loaded nor written. A product whose result may reach a
 * BatchNormalization is left in, as the two would be merged.
 *
 * Invariant: a weight that was put back is read by what read it before; where it is not, all is folded again with every
 * weight in place.
 */
import type { Graph } from '../core/ir/graph.ts';
import type { Model } from '../core/ir/model.ts';
import type { Node } from '../core/ir/node.ts';
import type { Use, Value } from '../core/ir/value.ts';
import { largeConstants, withOutlined } from './outline.ts';
import type { Ports } from './ports.ts';
import { readModelFile, writeWorkingFile } from './write-model-file.ts';

/** onnxruntime saves an optimised model as one file, which ends at 2 GiB; a quarter is left for the graph. */
const MAX_FOLDED_BYTES = 1.5 * 1024 ** 3;

const NOT_FOLDED =
  'The model is too large for one file, so constants and BatchNormalization were not folded before quantization.';

export interface Folded {
  readonly model: Model;
  /** What the user should know of it. */
  readonly notes: readonly string[];
}

export async function foldModel(importedPath: string, workDir: string, ports: Ports): Promise<Folded> {
  const imported = readModelFile(importedPath, ports.files);
  const apart = largeConstants(imported.graph).filter(value => [...value.uses].every(isUntouched));
  const pathOf = (name: string): string => ports.files.join(workDir, name);
  if (apart.length > 0) {
    const folded = await fold(imported, apart, pathOf('folded.onnx'), ports);
    if (folded && putBack(folded.model.graph, apart)) return folded;
  }
  const whole = await fold(imported, [], pathOf('folded-whole.onnx'), ports);
  if (whole) return whole;
  return { model: imported, notes: [NOT_FOLDED] };
}

async function fold(
  model: Model,
  apart: readonly Value[],
  path: string,
  { files, runtime }: Ports,
): Promise<Folded | undefined> {
  const outlined = new Set(apart);
  const bytes = model.graph.initializers.reduce(
    (sum, value) => sum + (outlined.has(value) ? 0 : (value.initializer?.byteLength ?? 0)),
    0,
  );
  if (bytes > Math.min(MAX_FOLDED_BYTES, files.inlineBytes ?? MAX_FOLDED_BYTES)) return undefined;
  const source = `${path}.source`;
  withOutlined(model, apart, () => writeWorkingFile(model, source, files));
  // Constants are evaluated one by one and without threads, which would only wait, busily.
  const { close } = await runtime.open(source, { optimization: 'basic', threads: 1, saveOptimizedTo: path });
  await close();
  return { model: readModelFile(path, files), notes: [] };
}

/** True where every weight is an operand of the kind it was; the graph is then whole again. */
function putBack(graph: Graph, apart: readonly Value[]): boolean {
  const inputs = new Map(graph.inputs.map(value => [value.name, value]));
  for (const { name, initializer } of apart) {
    const value = inputs.get(name);
    if (!value) continue;
    if (![...value.uses].every(use => isUntouched(use)) || graph.outputs.includes(value)) return false;
    graph.inputs.splice(graph.inputs.indexOf(value), 1);
    value.type = undefined;
    value.wire = undefined;
    value.initializer = initializer;
    if (value.uses.size > 0) graph.initializers.push(value);
  }
  return true;
}

function isUntouched({ node, index }: Use): boolean {
  if (node.qualifiedType === 'Gather') return index === 0;
  return (
    (node.qualifiedType === 'MatMul' || node.qualifiedType === 'Gemm') && index === 1 && !normalized(node)
  );
}

/** Whether a BatchNormalization follows, at most behind a change of shape (onnxruntime's MatmulBNFusion). */
function normalized(node: Node): boolean {
  const MOVES: readonly string[] = ['Reshape', 'Transpose'];
  return node.outputs.some(output =>
    [...(output?.uses ?? [])].some(
      ({ node: reader }) =>
        reader.qualifiedType === 'BatchNormalization' ||
        (MOVES.includes(reader.qualifiedType) && normalized(reader)),
    ),
  );
}
