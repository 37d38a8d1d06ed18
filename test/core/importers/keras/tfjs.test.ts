/** TensorFlow.js layers models against the outputs of TensorFlow.js; test/fixtures/tfjs/make.mjs wrote both. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { importerFor } from '../../../../src/core/importers/index.ts';
import type { ByteSource } from '../../../../src/core/onnx/external-data.ts';
import { runModel, worstError } from '../../../support/keras.ts';

const FOLDER = fileURLToPath(new URL('../../../fixtures/tfjs/', import.meta.url));
const TOLERANCE = { atol: 2e-5, rtol: 1e-4 };

interface Packed {
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

const unpack = ({ dims, data }: Packed) =>
  ({ dtype: 'float32', dims, data: Float32Array.from(data) }) as const;

function shards(model: string): Map<string, ByteSource> {
  const names = readdirSync(`${FOLDER}${model}`).filter(name => name.endsWith('.bin'));
  return new Map(
    names.map(name => {
      const bytes = new Uint8Array(readFileSync(`${FOLDER}${model}/${name}`));
      return [
        name,
        { byteLength: bytes.length, read: (offset, length) => bytes.slice(offset, offset + length) },
      ];
    }),
  );
}

function importTfjs(json: Uint8Array, companions: ReadonlyMap<string, ByteSource>) {
  return importerFor(json, 'model.json').import({ name: 'model.json', bytes: () => json, companions });
}

const topology = (model: string) => new Uint8Array(readFileSync(`${FOLDER}${model}/model.json`));

interface TfjsJson {
  readonly weightsManifest: { paths: string[] }[];
}

/** The same model with its JSON changed. */
function edited(model: string, edit: (json: TfjsJson) => void): Uint8Array {
  const json = JSON.parse(new TextDecoder().decode(topology(model)));
  edit(json);
  return new TextEncoder().encode(JSON.stringify(json));
}

describe('TensorFlow.js layers models', () => {
  test.each(['cnn', 'recurrent'])('%s computes what TensorFlow.js computes', async name => {
    const model = await importTfjs(topology(name), shards(name));
    const io = JSON.parse(readFileSync(`${FOLDER}${name}/io.json`, 'utf8')) as Record<
      'inputs' | 'outputs',
      Packed[]
    >;
    const outputs = await runModel(model, io.inputs.map(unpack));
    io.outputs.map(unpack).forEach((want, index) => {
      expect(outputs[index]!.dims).toEqual(want.dims);
      expect(worstError(outputs[index]!, want, TOLERANCE)).toBeLessThanOrEqual(1);
    });
  });

  test('a shard that was not sent is named', async () => {
    await expect(importTfjs(topology('cnn'), new Map())).rejects.toMatchObject({
      code: 'external_data_refused',
      message: expect.stringContaining('group1-shard1of2.bin'),
    });
  });

  test('a shard is never looked for outside of the upload', async () => {
    const json = edited('recurrent', ({ weightsManifest }) => {
      weightsManifest[0]!.paths = ['../../etc/passwd'];
    });
    await expect(importTfjs(json, shards('recurrent'))).rejects.toMatchObject({
      code: 'external_data_refused',
    });
  });

  test('shards that end too early are refused', async () => {
    const short = new Map([...shards('cnn')].map(([name, { read }]) => [name, { byteLength: 10, read }]));
    await expect(importTfjs(topology('cnn'), short)).rejects.toMatchObject({ code: 'model_unreadable' });
  });

  test('a graph model is refused by name', async () => {
    const json = edited('cnn', file => Object.assign(file, { format: 'graph-model' }));
    await expect(importTfjs(json, shards('cnn'))).rejects.toMatchObject({
      code: 'model_unsupported',
      message: expect.stringContaining('graph model'),
    });
  });
});
