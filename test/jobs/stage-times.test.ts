import { expect, test } from 'vitest';
import { stageTimes } from '../../src/jobs/stage-times.ts';

test('a stage lasts until another one is reported; one that comes again goes on', () => {
  let now = 0;
  const times = stageTimes(() => now);
  const at = (milliseconds: number, stage: 'importing' | 'quantizing' | 'verifying') => {
    now = milliseconds;
    times.report({ stage, fraction: 0 });
  };
  expect(times.seconds()).toEqual({});
  at(0, 'importing');
  at(1_000, 'quantizing');
  at(1_500, 'quantizing');
  at(3_000, 'verifying');
  at(7_000, 'quantizing');
  now = 7_500;
  expect(times.seconds()).toEqual({ importing: 1, quantizing: 2.5, verifying: 4 });
  now = 8_000;
  expect(times.seconds()).toEqual({ importing: 1, quantizing: 3, verifying: 4 });
});
