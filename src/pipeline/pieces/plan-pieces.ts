/**
 * Writes the pieces of a model beside it, as models that refer to its weights where they lie.
 *
 * The runtime says which types the values have that go from one piece to the next; weights are shown to it as inputs, so
 * that none is loaded for it.
 */
import { cutGraph, type Piece } from '../../core/ir/cut.ts';
import { Graph } from '../../core/ir/graph.ts';
import { Model } from '../../core/ir/model.ts';
import { Value } from '../../core/ir/value.ts';
import { isBitpressError } from '../../errors.ts';
import { writeExposed } from '../expose.ts';
import { largeConstants, withOutlined } from '../outline.ts';
import type { Files, Runtime, SessionValue } from '../ports.ts';
import { readModelFile, writeWorkingFile } from '../write-model-file.ts';

export interface PieceFile {
  readonly path: string;
  /** Of its weights. */
  readonly bytes: number;
  /** Names of what is fed to it: inputs of the model, and what earlier pieces give. */
  readonly reads: readonly string[];
  readonly gives: readonly string[];
}

export interface PiecedModel {
  readonly inputs: readonly SessionValue[];
  readonly outputs: readonly SessionValue[];
  readonly pieces: readonly PieceFile[];
}

/** Undefined where the model cannot be cut: it has one piece, or the runtime does not type it without its weights. */
export async function planPieces(
  path: string,
  pieceBytes: number,
  files: Files,
  runtime: Runtime,
): Promise<PiecedModel | undefined> {
  const model = readModelFile(path, files);
  const typed = await typeValues(model, `${path}.typed`, files, runtime);
  if (!typed) return undefined;
  const canCross = (value: Value): boolean => typed.values.get(value.name)?.dtype !== undefined;
  const pieces = cutGraph(model.graph, { bytes: pieceBytes, canCross });
  if (pieces.length < 2) return undefined;
  return {
    ...typed,
    pieces: pieces.map((piece, index) => {
      const file = `${path}.piece-${index}`;
      writeWorkingFile(modelOf(piece, model, typed.values), file, files);
      const names = (values: readonly Value[]): string[] => values.map(({ name }) => name);
      return { path: file, bytes: piece.bytes, reads: names(piece.reads), gives: names(piece.gives) };
    }),
  };
}

interface Typed {
  readonly inputs: readonly SessionValue[];
  readonly outputs: readonly SessionValue[];
  readonly values: ReadonlyMap<string, SessionValue>;
}

async function typeValues(
  model: Model,
  path: string,
  files: Files,
  runtime: Runtime,
): Promise<Typed | undefined> {
  const { graph } = model;
  const hidden = graph.nodes
    .flatMap(node => node.outputs)
    .filter(value => value !== undefined && !graph.outputs.includes(value)) as Value[];
  const constants = largeConstants(graph, () => true);
  withOutlined(model, constants, () => writeExposed(model, hidden, path, files));
  try {
    const { inputs, outputs, close } = await runtime.open(path, { optimization: 'off' });
    await close();
    const weights = new Set(constants.map(({ name }) => name));
    return {
      inputs: inputs.filter(({ name }) => !weights.has(name)),
      outputs: outputs.slice(0, graph.outputs.length),
      values: new Map(outputs.map(value => [value.name, value])),
    };
  } catch (error) {
    // Some operator wants its weight as a constant.
    if (isBitpressError(error)) return undefined;
    throw error;
  }
}

function modelOf(piece: Piece, whole: Model, types: ReadonlyMap<string, SessionValue>): Model {
  const graph = new Graph(whole.graph.name);
  graph.nodes.push(...piece.nodes);
  graph.initializers.push(...piece.initializers);
  graph.sparseInitializers.push(...piece.sparseInitializers);
  graph.inputs.push(...piece.reads.map(value => received(value, types)));
  const outputs = new Set(whole.graph.outputs);
  // A value without a type is typed by the runtime.
  graph.outputs.push(...piece.gives.map(value => (outputs.has(value) ? value : new Value(value.name))));
  const model = new Model(graph, whole.irVersion, whole.opsetImports);
  model.functions = whole.functions;
  return model;
}

function received(value: Value, types: ReadonlyMap<string, SessionValue>): Value {
  if (!value.producer) return value;
  const found = types.get(value.name);
  if (!found?.dtype) throw new Error(`"${value.name}" crosses and has no type`);
  // No dims stand for a scalar and for an unknown rank alike.
  const dims = found.dims?.length ? found.dims : undefined;
  return new Value(value.name, { kind: 'tensor', dtype: found.dtype, dims });
}
