/** Configs with a value changed at random: an import or an error of the catalogue, never another exception. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openZip } from '../../../../src/core/importers/keras/container/zip.ts';
import { kerasImporter } from '../../../../src/core/importers/keras/index.ts';
import { validate } from '../../../../src/core/ir/validate.ts';
import { isBitpressError } from '../../../../src/errors.ts';
import { zip } from '../../../support/npz.ts';

const FOLDER = fileURLToPath(new URL('../../../fixtures/keras/', import.meta.url));
const MUTATIONS = 40;
const VALUES = [
  null,
  -1,
  0,
  1,
  2,
  3,
  1e9,
  1.5,
  'x',
  'same',
  [],
  [1],
  [2, 2],
  {},
  true,
  false,
  '__proto__',
  [[1, 2]],
];
const LARGE = { bytes: 2 ** 30, limit: 'weightRatio' } as const;

/** Numerical Recipes' generator, for a run that can be repeated. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Holder = Record<string, unknown>;

/** Every place of the config that matters to an import. */
function* places(holder: Holder): Generator<readonly [Holder, string]> {
  for (const key of Object.keys(holder)) {
    if (/initializer|regularizer|constraint/.test(key)) continue;
    yield [holder, key];
    const value = holder[key];
    if (typeof value === 'object' && value !== null) yield* places(value as Holder);
  }
}

test.each(readdirSync(FOLDER).filter(name => name.endsWith('.keras')))('%s', async file => {
  const archive = openZip(new Uint8Array(readFileSync(FOLDER + file)));
  const text = new TextDecoder().decode(archive.read('config.json', LARGE));
  const weights = archive.read('model.weights.h5', LARGE);
  const random = generator(file.length);
  for (let turn = 0; turn < MUTATIONS; turn++) {
    const config = JSON.parse(text) as Holder;
    const all = [...places(config)];
    const [holder, key] = all[random(all.length)]!;
    if (random(4) === 0) delete holder[key];
    else holder[key] = VALUES[random(VALUES.length)];
    const data = new TextEncoder().encode(JSON.stringify(config));
    const bytes = new Uint8Array(
      zip([
        { name: 'config.json', data },
        { name: 'model.weights.h5', data: weights },
      ]),
    );
    const source = { name: file, bytes: () => bytes, companions: new Map() };
    for (const read of [
      kerasImporter.import(source).then(model => validate(model)),
      kerasImporter.forEngine!(source),
    ])
      await read.catch((error: unknown) => {
        if (!isBitpressError(error))
          throw new Error(`${key} = ${JSON.stringify(holder[key])}`, { cause: error });
      });
  }
  expect(({} as Holder).polluted).toBeUndefined();
});
