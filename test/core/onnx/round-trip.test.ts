/** Reading and writing keeps every field, seen by a walker of the wire that knows no ONNX. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { validate } from '../../../src/core/ir/validate.ts';
import { readModel } from '../../../src/core/onnx/read.ts';
import { writeModel } from '../../../src/core/onnx/write.ts';
import { elements } from '../../../src/core/tensor/tensor.ts';
import { fixture, hasFixtures } from '../../support/fixtures.ts';
import { differences } from '../../support/protobuf.ts';
import { RICH_MODEL } from '../../support/rich-model.ts';

const again = (bytes: Uint8Array): Buffer => Buffer.concat(writeModel(readModel(bytes)).chunks);

/** None where there are no fixtures: the body of a suite that is skipped runs all the same. */
const foldersIn = (folder: string) =>
  hasFixtures ? readdirSync(fixture(folder), { withFileTypes: true }).filter(e => e.isDirectory()) : [];

describe.skipIf(!hasFixtures)('round trip of real models (needs fixtures)', () => {
  for (const folder of ['zoo', 'micro'])
    for (const { name } of foldersIn(folder))
      it(`${folder}/${name}`, () => {
        const bytes = readFileSync(fixture(`${folder}/${name}/model.onnx`));
        validate(readModel(bytes));
        expect(differences(bytes, again(bytes))).toEqual([]);
      });
});

describe('round trip of one of everything', () => {
  it('keeps every field', () => {
    expect(differences(RICH_MODEL, again(RICH_MODEL))).toEqual([]);
  });

  it('is stable: the written file is written the same again', () => {
    const once = again(RICH_MODEL);
    expect(again(once).equals(once)).toBe(true);
  });

  it('copies no large payload', () => {
    const bytes = Buffer.concat([
      RICH_MODEL,
      Buffer.from([0xf2, 0x3e, 0x80, 0x80, 0x40]),
      Buffer.alloc(1 << 20),
    ]);
    const large = writeModel(readModel(bytes)).chunks.find(chunk => chunk.byteLength >= 1 << 20);
    expect(large?.buffer).toBe(bytes.buffer);
  });
});

describe('what is read', () => {
  const model = readModel(RICH_MODEL);
  const byName = new Map(model.graph.initializers.map(value => [value.name, value.initializer!]));

  it('knows the payload in each of its encodings', () => {
    expect([...elements(byName.get('t_float')!, 'float32')]).toEqual([1, 2]);
    expect([...elements(byName.get('t_float_unpacked')!, 'float32')]).toEqual([1.5, -2]);
    expect([...elements(byName.get('t_int32')!, 'int32')]).toEqual([1, 127]);
    expect([...elements(byName.get('t_int8')!, 'int8')]).toEqual([-3]);
    expect([...elements(byName.get('t_half')!, 'float16')]).toEqual([0x3c00]);
    expect([...elements(byName.get('t_bool')!, 'bool')]).toEqual([1, 0]);
    expect([...byName.get('t_int4')!.bytes()]).toEqual([0x21, 0x0f]);
    expect([...elements(byName.get('t_int64')!, 'int64')]).toEqual([-(2n ** 63n)]);
    expect([...elements(byName.get('t_uint64')!, 'uint64')]).toEqual([2n ** 64n - 1n]);
    expect([...elements(byName.get('t_double')!, 'float64')]).toEqual([1]);
    expect(byName.get('t_string')!.strings?.map(item => [...item])).toEqual([
      [...Buffer.from('one')],
      [255, 0],
    ]);
    expect(byName.get('t_empty')!.dims).toEqual([0, 4]);
  });

  it('knows attributes, types and scopes', () => {
    const [call, branch, odd] = model.graph.nodes;
    expect(call?.qualifiedType).toBe('local.Twice');
    expect(branch?.domain).toBe('');
    expect(odd?.attributes.get('i')).toMatchObject({ kind: 'int', value: 2n ** 63n - 1n });
    expect(odd?.attributes.get('blob')?.kind).toBe('opaque');
    expect(odd?.attributes.get('none')).toMatchObject({ kind: 'strings', value: [] });
    expect(odd?.inputs).toEqual([branch?.outputs[0], undefined]);
    expect(model.graph.inputs[0]?.dims).toEqual(['N', undefined, 4]);
    const then = branch?.attributes.get('then_branch');
    const inner = then?.kind === 'graph' ? then.value.nodes[0] : undefined;
    expect(inner?.inputs[0]).toBe(model.graph.inputs[0]);
    expect(model.opset).toBe(21);
  });

  it('writes what a pass changed and only that', () => {
    const changed = readModel(RICH_MODEL);
    changed.graph.nodes[0]!.name = 'renamed';
    const bytes = Buffer.concat(writeModel(changed).chunks);
    expect(differences(RICH_MODEL, bytes)).toEqual(['/7[0]/1[0]/3[0]']);
  });
});
