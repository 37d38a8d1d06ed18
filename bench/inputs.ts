/** The models and data of the benchmark as files, made once into a folder and found there again. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Model } from '../src/core/ir/model.ts';
import { writeModel } from '../src/core/onnx/write.ts';
import { jobFiles } from '../src/platform/job-files.ts';
import { bytesOf, npy, zip } from '../test/support/npz.ts';
import { Noise } from './models/noise.ts';
import { RESNET50_INPUT, resnet50 } from './models/resnet50.ts';
import { BERT_BASE, THREE_GIGABYTES, transformer, whenWritten } from './models/transformer.ts';

/** 128 to calibrate, and 32 that a job would hold out. */
const MAX_SAMPLES = 160;
const TOKENS_OF_A_SAMPLE = 128;

export interface Inputs {
  readonly model: string;
  /** The file beside a model that holds its weights. */
  readonly data?: string;
  readonly calibration: string;
}

export type InputsId = 'resnet50' | 'bert-base' | 'mobilenet' | 'external-3gb';

const MAKERS: Readonly<Record<'resnet50' | 'bert-base', { model: () => Model; data: () => Buffer }>> = {
  resnet50: {
    model: resnet50,
    data() {
      const { name, dims } = RESNET50_INPUT;
      const values = new Noise(1).normal(MAX_SAMPLES * dims[0] * dims[1] * dims[2], 1);
      return zip([{ name: `${name}.npy`, data: npy('<f4', [MAX_SAMPLES, ...dims], bytesOf(values)) }]);
    },
  },
  'bert-base': {
    model: () => transformer(BERT_BASE),
    data: () => tokenData(BERT_BASE.tokens),
  },
};

const example = (name: string): string =>
  fileURLToPath(new URL(`../examples/fashion-mbv2/${name}`, import.meta.url));
/** A small model that was trained, for figures of what users see first. */
const TRAINED: Inputs = { model: example('model.onnx'), calibration: example('calib.npz') };

export function prepareInputs(id: InputsId, folder: string): Inputs {
  if (id === 'mobilenet') return TRAINED;
  mkdirSync(folder, { recursive: true });
  if (id === 'external-3gb') return externalModel(id, folder);
  const { model, data } = MAKERS[id];
  return {
    model: once(join(folder, `${id}.onnx`), () => writeModel(model()).chunks),
    calibration: once(join(folder, `${id}.npz`), () => [data()]),
  };
}

/** Weights in a file beside the model, written as they are made. */
function externalModel(id: InputsId, folder: string): Inputs {
  const [path, location] = [join(folder, `${id}.onnx`), `${id}.onnx.data`];
  const written = writeModel(transformer(THREE_GIGABYTES, whenWritten), {
    externalData: { location, threshold: 1024 },
  });
  return {
    model: once(path, () => written.stream()),
    data: once(join(folder, location), () => written.external?.stream() ?? []),
    calibration: once(join(folder, `${id}.npz`), () => [tokenData(THREE_GIGABYTES.tokens)]),
  };
}

function tokenData(tokens: number): Buffer {
  const shape = [MAX_SAMPLES, TOKENS_OF_A_SAMPLE];
  const count = MAX_SAMPLES * TOKENS_OF_A_SAMPLE;
  const ids = new Noise(2).integers(count, tokens);
  const mask = new Float32Array(count).fill(1);
  return zip([
    { name: 'input_ids.npy', data: npy('<i8', shape, bytesOf(ids)) },
    { name: 'attention_mask.npy', data: npy('<f4', shape, bytesOf(mask)) },
  ]);
}

/** A file appears under its name when it is whole. */
function once(path: string, make: () => Iterable<Uint8Array>): string {
  if (existsSync(path)) return path;
  const partial = `${path}.partial`;
  rmSync(partial, { force: true });
  jobFiles.write(partial, make());
  renameSync(partial, path);
  return path;
}
