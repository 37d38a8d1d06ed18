/**
 * The models that are mutated: micro graphs, trained models and Keras files, as far as they are there.
 *
 * Each ONNX model stands twice: as it is, and with the types of its values written down, as the pipeline has them when it
 * plans: so mutations reach the planning behind the reader.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openZip } from '../../src/core/importers/keras/container/zip.ts';
import { readModel } from '../../src/core/onnx/read.ts';
import { writeModel } from '../../src/core/onnx/write.ts';
import { writeExposed } from '../../src/pipeline/expose.ts';
import { jobFiles } from '../../src/platform/job-files.ts';
import { ortRuntime } from '../../src/platform/ort-runtime.ts';
import { fixture } from '../support/fixtures.ts';
import { RICH_MODEL } from '../support/rich-model.ts';
import { readTree, type Tree } from './mutate/message-tree.ts';
import type { KerasSeed } from './mutate/mutate-keras.ts';
import type { Random } from './random.ts';

export interface OnnxSeed {
  readonly name: string;
  readonly format: 'onnx';
  readonly tree: Tree;
  readonly bytes: Uint8Array;
}
export interface KerasFile extends KerasSeed {
  readonly name: string;
  readonly format: 'keras';
}
export type Seed = OnnxSeed | KerasFile;

const OWN = fileURLToPath(new URL('../fixtures/keras/', import.meta.url));
const SMALL_BYTES = 400_000;
/** Large ones take their time: a turn in so many. */
const LARGE_SHARE = 0.03;
const KERAS_SHARE = 0.3;
const ENTRY = { bytes: 2 ** 30, limit: 'weightRatio' } as const;

export class Corpus {
  readonly #onnx: readonly Seed[];
  readonly #keras: readonly Seed[];
  readonly #large: readonly Seed[];
  readonly donors: readonly Tree[];

  constructor(seeds: readonly Seed[]) {
    const small = seeds.filter(({ bytes }) => bytes.length <= SMALL_BYTES);
    this.#onnx = small.filter(({ format }) => format === 'onnx');
    this.#keras = small.filter(({ format }) => format === 'keras');
    this.#large = seeds.filter(({ bytes }) => bytes.length > SMALL_BYTES);
    this.donors = this.#onnx.flatMap(seed => (seed.format === 'onnx' ? [seed.tree] : []));
  }

  get size(): number {
    return this.#onnx.length + this.#keras.length + this.#large.length;
  }

  choose(random: Random): Seed {
    const list = random.chance(LARGE_SHARE)
      ? this.#large
      : random.chance(KERAS_SHARE)
        ? this.#keras
        : this.#onnx;
    return random.pick(list) ?? random.pick(this.#onnx)!;
  }
}

/** @param small leaves the trained models out, for a quick run */
export async function loadCorpus({ small = false } = {}): Promise<Corpus> {
  const seeds: Seed[] = [onnxSeed('rich', RICH_MODEL)];
  for (const path of modelPaths(small)) {
    const bytes = readFileSync(path);
    if (!path.endsWith('.onnx')) seeds.push(kerasSeed(path, bytes));
    else {
      seeds.push(onnxSeed(path, bytes));
      seeds.push(onnxSeed(`${path} typed`, await typedForm(bytes)));
    }
  }
  return new Corpus(seeds);
}

function modelPaths(small: boolean): readonly string[] {
  const roots = [OWN, fixture('micro'), fixture('keras/conformance')];
  if (!small) roots.push(fixture('zoo'), fixture('keras/trained'));
  return roots
    .filter(root => existsSync(root))
    .flatMap(root => readdirSync(root, { recursive: true, encoding: 'utf8' }).map(name => join(root, name)))
    .filter(path => /\.(onnx|h5|keras)$/.test(path) && (!small || statSync(path).size < SMALL_BYTES / 4))
    .sort();
}

function onnxSeed(name: string, bytes: Uint8Array): OnnxSeed {
  return { name, format: 'onnx', bytes, tree: readTree(bytes) };
}

function kerasSeed(name: string, bytes: Uint8Array): KerasFile {
  if (!name.endsWith('.keras')) return { name, format: 'keras', bytes, members: undefined };
  const archive = openZip(bytes);
  const members = archive.names.map(entry => ({ name: entry, data: archive.read(entry, ENTRY) }));
  return { name, format: 'keras', bytes, members };
}

/** The model with the types that onnxruntime infers. */
async function typedForm(bytes: Uint8Array): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'bitpress-fuzz-'));
  try {
    const model = readModel(bytes);
    const hidden = model.graph.nodes
      .flatMap(node => node.outputs)
      .filter(value => value !== undefined)
      .filter(value => !model.graph.outputs.includes(value));
    const path = join(folder, 'exposed.onnx');
    writeExposed(model, hidden, path, jobFiles);
    const session = await ortRuntime.open(path, { optimization: 'off' });
    const types = new Map(session.outputs.map(output => [output.name, output]));
    await session.close();
    for (const value of hidden) {
      const type = types.get(value.name);
      if (type?.dtype) value.type ??= { kind: 'tensor', dtype: type.dtype, dims: type.dims };
    }
    return Buffer.concat([...writeModel(model).chunks]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
