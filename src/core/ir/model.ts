/** A model: the main graph and what the file says around it. */
import type { Graph } from './graph.ts';

export class Model {
  graph: Graph;
  irVersion: number;
  /** Domain to version; the ONNX domain is ''. */
  readonly opsetImports: Map<string, number>;
  producerName = '';
  producerVersion = '';
  domain = '';
  modelVersion = 0n;
  docString = '';
  readonly metadata = new Map<string, string>();
  /** Local functions as their wire messages: carried through; prepare inlines what needs to be seen. */
  functions: readonly unknown[] = [];
  wire: unknown = undefined;

  constructor(graph: Graph, irVersion: number, opsetImports: ReadonlyMap<string, number>) {
    this.graph = graph;
    this.irVersion = irVersion;
    this.opsetImports = new Map(opsetImports);
  }

  /** Version of the ONNX operator set the model is written in. */
  get opset(): number {
    return this.opsetImports.get('') ?? 1;
  }
}
