/**
 * ONNX file to IR.
 *
 * Invariant: hostile bytes end in a BitpressError that names the place, never in another exception; what is read holds
 * views on `bytes`, which must not change afterwards.
 * Source: https://github.com/onnx/onnx/blob/main/docs/IR.md
 */
import { BitpressError } from '../../errors.ts';
import { Model } from '../ir/model.ts';
import { scanCarried } from './carried.ts';
import { checkDomains } from './domains.ts';
import type { ByteSources } from './external-data.ts';
import { readFunctions } from './functions.ts';
import { KeptModel } from './kept.ts';
import { MODEL_LIMITS, type ModelLimits } from './limits.ts';
import { Message, unreadable } from './message.ts';
import type { ReadContext } from './read-context.ts';
import { readGraph } from './read-graph.ts';
import { MODEL, OPSET } from './schema.ts';
import { readEntries } from './tensor-proto.ts';

/** `ModelProto.training_info`: carried, but it holds graphs. */
const TRAINING_INFO = 20;
const NOT_KEPT: readonly number[] = [MODEL.graph, MODEL.opsetImport, MODEL.metadataProps, MODEL.functions];

export interface ReadOptions {
  readonly externalFiles?: ByteSources;
  readonly limits?: Partial<ModelLimits>;
}

/** @throws BitpressError model_unreadable, model_invalid, model_unsupported, model_limit_exceeded, external_data_refused */
export function readModel(bytes: Uint8Array, options: ReadOptions = {}): Model {
  const budget = { limits: { ...MODEL_LIMITS, ...options.limits }, fields: 0, nodes: 0 };
  const context: ReadContext = { budget, files: options.externalFiles };
  const message = new Message(bytes, 'model', budget);
  const irVersion = message.int(MODEL.irVersion);
  const graphBytes = message.single(MODEL.graph);
  if (irVersion === undefined || !graphBytes)
    throw unreadable('holds no graph; this is not an ONNX file', 'model');
  const { versions, spelling } = readOpsets(message);
  const graph = readGraph(graphBytes, undefined, context, 1);
  const model = new Model(graph, smallNumber(irVersion, 'ir_version'), versions);
  model.producerName = message.string(MODEL.producerName);
  model.producerVersion = message.string(MODEL.producerVersion);
  model.domain = message.string(MODEL.domain);
  model.modelVersion = message.int(MODEL.modelVersion) ?? 0n;
  model.docString = message.string(MODEL.docString);
  for (const [key, value] of readEntries(message, MODEL.metadataProps)) model.metadata.set(key, value);
  const functions = message.all(MODEL.functions);
  model.functions = readFunctions(
    functions.map(field => ({ record: field.record, bytes: message.payload(field) })),
    context,
  );
  for (const field of message.all(TRAINING_INFO)) scanCarried(message.payload(field), 'training', context);
  model.wire = new KeptModel(
    message.fields.filter(field => !NOT_KEPT.includes(field.number)),
    spelling,
  );
  checkDomains(model);
  return model;
}

function readOpsets(message: Message): {
  versions: Map<string, number>;
  spelling: Map<string, string | undefined>;
} {
  const versions = new Map<string, number>();
  const spelling = new Map<string, string | undefined>();
  for (const field of message.all(MODEL.opsetImport)) {
    const entry = new Message(message.payload(field), 'opset import', message.budget);
    const spelled = entry.has(OPSET.domain) ? entry.string(OPSET.domain) : undefined;
    const domain = spelled === undefined || spelled === 'ai.onnx' ? '' : spelled;
    const version = smallNumber(entry.int(OPSET.version) ?? 0n, `opset of "${domain}"`);
    if (versions.has(domain) && versions.get(domain) !== version)
      throw new BitpressError('model_invalid', `two opsets are imported for the domain "${domain}"`, {
        field: 'opset_import',
      });
    versions.set(domain, version);
    if (!spelling.has(domain)) spelling.set(domain, spelled);
  }
  return { versions, spelling };
}

/** Versions are counted from 1 and are below 100 today; a number far beyond is not one. */
const MAX_VERSION = 1_000_000n;

function smallNumber(value: bigint, field: string): number {
  if (value < 1n || value > MAX_VERSION)
    throw new BitpressError('model_invalid', `${field} is ${value}`, { field });
  return Number(value);
}
