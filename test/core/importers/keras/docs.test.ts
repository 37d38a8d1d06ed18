/** docs/keras.md lists exactly what the importer registers. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { LAYER_FAMILIES, OPERATION_FAMILIES } from '../../../../src/core/importers/keras/layers/index.ts';

const page = readFileSync(fileURLToPath(new URL('../../../../docs/keras.md', import.meta.url)), 'utf8');

test.each([...LAYER_FAMILIES.all, ...OPERATION_FAMILIES.all].map(family => [family.id, family] as const))(
  'the family %s',
  (id, family) => {
    const row = page.split('\n').find(line => line.startsWith(`| ${id} |`));
    const listed = [...(row ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name);
    expect(listed).toEqual(Object.keys(family.layers));
  },
);
