/**
 * The ONNX importer: a name for core/onnx/read.
 *
 * A protobuf has no signature, so this importer takes what no other format claims and lets the reader judge.
 */
import { readModel } from '../../onnx/read.ts';
import type { Importer } from '../importer.ts';

export const onnxImporter: Importer = {
  id: 'onnx',
  title: 'ONNX',
  detects: () => true,
  import: async source => readModel(source.bytes(), { externalFiles: source.companions }),
};
