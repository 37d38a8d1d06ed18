/**
 * What reading a layer must know of the models around it. A model holds layers and a layer may be a model: the reader of
 * graphs is given the reader of layers, so that the two files do not import each other.
 */
import type { Json } from '../config/json.ts';
import type { KerasVersion } from '../config/version.ts';
import type { LayerDef } from './layer-def.ts';

export interface ReadContext {
  readonly version: KerasVersion;
  /** Names of the models around the layer, with a slash behind each. */
  readonly prefix: string;
  readonly depth: number;
  /** Counts the layers of the whole file. */
  readonly count: { layers: number };
}

export interface NestedContext extends ReadContext {
  readonly readLayer: (json: Json | undefined, context: ReadContext) => LayerDef;
}
