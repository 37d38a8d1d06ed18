/**
 * What an importer is: it recognises a file format and turns an upload into the graph IR.
 *
 * Invariant: `detects` looks at nothing but the first bytes and the file's name, so that the choice of importer costs
 * nothing; what follows the head is checked by `import`, which refuses what it cannot convert faithfully with an error
 * of the catalogue. An importer executes nothing that the file holds.
 */
import type { Identified } from '../../registry.ts';
import type { Model } from '../ir/model.ts';
import type { ByteSource } from '../onnx/external-data.ts';

/** Bytes of the head that `detects` is shown, at most. */
export const HEAD_BYTES = 2048;

/** An upload: the model file and the files that came with it, by their plain names. */
export interface ModelSource {
  readonly name: string;
  bytes(): Uint8Array;
  /** Files sent along (external data, weight shards), by plain name. */
  readonly companions: ReadonlyMap<string, ByteSource>;
}

/** The upload for the engine it comes from: a model.json and the file of weights that it names. */
export interface EngineModel {
  readonly json: string;
  /** Name of the file of weights, beside model.json. */
  readonly weightsName: string;
  readonly weights: readonly Uint8Array[];
  readonly parameters: number;
  /** Layers by class. */
  readonly layers: Readonly<Record<string, number>>;
}

export interface Importer extends Identified {
  /** For people: "ONNX", "Keras". */
  readonly title: string;
  detects(head: Uint8Array, name: string): boolean;
  /** @throws BitpressError model_unreadable, model_invalid, model_unsupported or model_limit_exceeded. */
  import(source: ModelSource): Promise<Model>;
  /**
   * The upload as its own engine runs it, read without the conversion, for the two to check each other.
   *
   * @throws BitpressError model_unsupported naming what the engine lacks
   */
  forEngine?(source: ModelSource): Promise<EngineModel>;
}
