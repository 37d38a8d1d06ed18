/** The import formats, in the order in which they are tried; the first that recognises the head takes the file. */
import { BitpressError } from '../../errors.ts';
import { registry } from '../../registry.ts';
import type { Importer } from './importer.ts';
import { HEAD_BYTES } from './importer.ts';
import { kerasImporter } from './keras/index.ts';
import { onnxImporter } from './onnx/index.ts';

export const IMPORTERS = registry<Importer>('importers', [kerasImporter, onnxImporter]);

/** @throws BitpressError model_unreadable when no importer recognises the file. */
export function importerFor(bytes: Uint8Array, name: string): Importer {
  const head = bytes.subarray(0, HEAD_BYTES);
  const found = IMPORTERS.all.find(importer => importer.detects(head, name));
  if (found) return found;
  const known = IMPORTERS.all.map(importer => importer.title).join(', ');
  throw new BitpressError('model_unreadable', `"${name}" is none of the formats that can be read: ${known}.`);
}
