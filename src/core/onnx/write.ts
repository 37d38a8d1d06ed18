/**
 * IR to ONNX file, as chunks to be written one after the other.
 *
 * Invariant: payloads are never gathered into one buffer; one that is still to be made, or lies in a file beside the
 * model, is there only while its piece is written. The same model gives the same bytes.
 */
import type { Model } from '../ir/model.ts';
import { piecesOf } from '../tensor/payload.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Placement, Region } from './external-data.ts';
import { isLocalFunction } from './functions.ts';
import { KeptModel, keptOf, writeRest, writeText } from './kept.ts';
import { Rope } from './rope.ts';
import { ENTRY, MODEL, OPSET } from './schema.ts';
import { type Externalize, regionOf } from './tensor-proto.ts';
import { writeGraph } from './write-graph.ts';

export interface WriteOptions {
  /** Initializers of `threshold` bytes or more go to a file called `location`. */
  readonly externalData?: { readonly location: string; readonly threshold: number };
  /** Where the model will find a payload that lies in a file already: it is referred to, not written. */
  readonly placed?: (region: Region, tensor: Tensor) => Placement | undefined;
}

export interface WrittenModel {
  /** The file piece by piece, to be written as it comes: a piece is good until the next is asked for. */
  stream(): Iterable<Uint8Array>;
  /** All pieces at once: for models that memory holds anyway. */
  readonly chunks: readonly Uint8Array[];
  readonly byteLength: number;
  readonly external?: {
    readonly location: string;
    readonly byteLength: number;
    /** What is in it, in order. */
    readonly parts: readonly ExternalPart[];
    /** As above. */
    stream(): Iterable<Uint8Array>;
  };
}

export interface ExternalPart {
  readonly tensor: Tensor;
  readonly offset: number;
}

/** "offset should be a multiple of 4096 (page size)", so that a runtime can map the region. */
const PAGE_BYTES = 4096;

const KNOWN: ReadonlySet<number> = new Set(Object.values(MODEL));

export function writeModel(model: Model, options: WriteOptions = {}): WrittenModel {
  const target = options.externalData && new ExternalFile(options.externalData);
  const out = new Rope();
  const kept = keptOf(model.wire);
  out.int(MODEL.irVersion, model.irVersion);
  writeText(out, MODEL.producerName, model.producerName, kept);
  writeText(out, MODEL.producerVersion, model.producerVersion, kept);
  writeText(out, MODEL.domain, model.domain, kept);
  if (model.modelVersion !== 0n || kept?.has(MODEL.modelVersion))
    out.int(MODEL.modelVersion, model.modelVersion);
  writeText(out, MODEL.docString, model.docString, kept);
  out.message(MODEL.graph, writeGraph(model.graph, externalizer(options.placed, target)));
  writeOpsets(out, model);
  for (const [key, value] of model.metadata) {
    const entry = new Rope();
    entry.string(ENTRY.key, key);
    entry.string(ENTRY.value, value);
    out.message(MODEL.metadataProps, entry);
  }
  for (const item of model.functions) if (isLocalFunction(item)) out.raw(item.record);
  writeRest(out, kept, KNOWN);
  return {
    byteLength: out.byteLength,
    stream: () => out.stream(),
    get chunks() {
      return out.list();
    },
    ...(target && target.byteLength > 0 && { external: target }),
  };
}

function externalizer(
  placed: WriteOptions['placed'],
  target: ExternalFile | undefined,
): Externalize | undefined {
  if (!placed) return target?.externalize;
  return tensor => {
    const region = regionOf(tensor);
    const placement = region && placed(region, tensor);
    return placement ? { ...placement, length: tensor.byteLength } : target?.externalize(tensor);
  };
}

function writeOpsets(out: Rope, model: Model): void {
  const spelling = model.wire instanceof KeptModel ? model.wire.spelling : undefined;
  for (const [domain, version] of model.opsetImports) {
    const entry = new Rope();
    const spelled = spelling?.has(domain) ? spelling.get(domain) : domain;
    if (spelled !== undefined) entry.string(OPSET.domain, spelled);
    entry.int(OPSET.version, version);
    out.message(MODEL.opsetImport, entry);
  }
}

/** The file beside the model while it is laid out: tensors and where each begins. */
class ExternalFile {
  readonly location: string;
  readonly #threshold: number;
  readonly parts: ExternalPart[] = [];
  byteLength = 0;

  constructor({ location, threshold }: { location: string; threshold: number }) {
    this.location = location;
    this.#threshold = threshold;
  }

  readonly externalize: Externalize = tensor => {
    if (tensor.byteLength < Math.max(this.#threshold, 1)) return undefined;
    const offset = Math.ceil(this.byteLength / PAGE_BYTES) * PAGE_BYTES;
    this.parts.push({ tensor, offset });
    this.byteLength = offset + tensor.byteLength;
    return { location: this.location, offset, length: tensor.byteLength };
  };

  *stream(): Iterable<Uint8Array> {
    let at = 0;
    for (const { tensor, offset } of this.parts) {
      if (offset > at) yield new Uint8Array(offset - at);
      yield* piecesOf(tensor);
      at = offset + tensor.byteLength;
    }
  }
}
