import { expect, test } from 'vitest';
import { Node } from '../../../src/core/ir/node.ts';
import { nodeFilter } from '../../../src/core/quantization/node-filter.ts';

const node = (name: string, opType = 'Conv') => new Node({ opType, name, inputs: [], outputs: [] });

test.each([
  ['/head/*', '/head/conv', true],
  ['/head/*', '/tail/head/conv', false],
  ['*conv*', 'a/conv/b', true],
  ['*a*b', 'xaxbx', false],
  ['*a*b', 'xaxb', true],
  ['a*a', 'a', false],
  ['a.c', 'abc', false],
  ['exact', 'exact', true],
  ['*', '', true],
])('pattern %s against %s: %s', (pattern, name, matches) => {
  const reason = nodeFilter({ exclude: [pattern] }, new Map())(node(name));
  expect(reason?.code).toBe(matches ? 'excluded' : undefined);
});

test('patterns with many stars take linear time', () => {
  const pattern = `${'*a'.repeat(200)}*b`;
  expect(nodeFilter({ exclude: [pattern] }, new Map())(node('a'.repeat(5000)))).toBeUndefined();
});

test('types, include lists and releases', () => {
  expect(nodeFilter({ includeTypes: ['Conv'] }, new Map())(node('n', 'Add'))?.code).toBe('excluded');
  expect(nodeFilter({ excludeTypes: ['Conv'] }, new Map())(node('n'))?.text).toContain('Conv');
  expect(nodeFilter({ include: ['x'] }, new Map())(node('n'))?.code).toBe('excluded');
  expect(nodeFilter({}, new Map([['n', 'why']]))(node('n'))).toEqual({
    code: 'released_by_repair',
    text: 'why',
  });
});
