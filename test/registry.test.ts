import { expect, test } from 'vitest';
import { registry } from '../src/registry.ts';

test('keeps the order and finds by id', () => {
  const entries = registry('things', [{ id: 'b' }, { id: 'a' }]);
  expect(entries.ids).toEqual(['b', 'a']);
  expect(entries.get('a')).toEqual({ id: 'a' });
  expect(entries.get('c')).toBeUndefined();
});

test('refuses a duplicate id when the list is built', () => {
  expect(() => registry('things', [{ id: 'a' }, { id: 'a' }])).toThrow('things: "a" is registered twice');
});
