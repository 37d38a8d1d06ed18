/** Every model of the conformance set, from every file of it, against the outputs of Keras. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../../../src/core/ir/graph.ts';
import type { Node } from '../../../../src/core/ir/node.ts';
import { fixture, hasFixtures } from '../../../support/fixtures.ts';
import type { Tolerance } from '../../../support/keras.ts';
import { importFile, runModel, worstError } from '../../../support/keras.ts';
import { readNpz } from '../../../support/read-npz.ts';

interface Entry {
  readonly name: string;
  readonly files: readonly string[];
  readonly io: string;
  readonly inputs: readonly { readonly shape: readonly (number | null)[] }[];
  readonly outputs: readonly unknown[];
  readonly tolerance: Tolerance;
  readonly expect: 'ok' | 'refuse';
}

const FOLDER = 'keras/conformance/';
const entries: readonly Entry[] = hasFixtures
  ? (JSON.parse(readFileSync(fixture(`${FOLDER}manifest.json`), 'utf8')) as Entry[])
  : [];
const cases = (expected: Entry['expect']) =>
  entries
    .filter(entry => entry.expect === expected)
    .flatMap(entry => entry.files.map((file): [string, Entry] => [file, entry]));

describe.skipIf(!hasFixtures)('Keras conformance models (needs the shared fixtures)', () => {
  test.each(cases('ok'))('%s computes what Keras computes', async (file, entry) => {
    const model = await importFile(fixture(FOLDER + file));
    const io = readNpz(fixture(FOLDER + entry.io));
    for (const batch of ['b0', 'b1']) {
      const inputs = entry.inputs.flatMap((_, index) => io.get(`in${index}_${batch}`) ?? []);
      if (inputs.length === 0) continue;
      const outputs = await runModel(model, inputs);
      expect(outputs).toHaveLength(entry.outputs.length);
      outputs.forEach((output, index) => {
        const want = io.get(`out${index}_${batch}`)!;
        expect(output.dims).toEqual(want.dims);
        expect(worstError(output, want, entry.tolerance)).toBeLessThanOrEqual(1);
      });
    }
    expect(transposesBetweenConvolutions(model.graph)).toEqual([]);
  });

  test.each(cases('refuse'))('%s is refused by name', async file => {
    await expect(importFile(fixture(FOLDER + file))).rejects.toMatchObject({
      code: 'model_unsupported',
      message: expect.stringContaining('Layer "'),
      place: { node: expect.any(String) },
    });
  });
});

/** Transposes that lie on a way from one convolution to another. */
function transposesBetweenConvolutions({ nodes }: Graph): readonly string[] {
  const convolution = (node: Node) => node.opType === 'Conv' || node.opType === 'ConvTranspose';
  const behind = new Set<Node>();
  for (const node of nodes) {
    const sources = node.inputs.flatMap(value => value?.producer ?? []);
    if (sources.some(source => convolution(source) || behind.has(source))) behind.add(node);
  }
  const before = new Set<Node>();
  for (const node of [...nodes].reverse()) {
    const users = node.outputs.flatMap(value => [...(value?.uses ?? [])].map(use => use.node));
    if (users.some(user => convolution(user) || before.has(user))) before.add(node);
  }
  return nodes.filter(n => n.opType === 'Transpose' && behind.has(n) && before.has(n)).map(n => n.name);
}
