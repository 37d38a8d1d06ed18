import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { PROGRESS_MS, progressWriter } from '../../src/jobs/progress.ts';
import type { Progress } from '../../src/pipeline/ports.ts';

const at = (fraction: number): Progress => ({ stage: 'calibrating', fraction });

test('of many tellings few are written: the first at once, then the last of each pause', async () => {
  const written: number[] = [];
  const writer = progressWriter(async ({ fraction }) => void written.push(fraction));
  for (let told = 1; told <= 200; told++) writer.report(at(told / 200));
  expect(written).toEqual([1 / 200]);
  await sleep(PROGRESS_MS * 1.5);
  expect(written).toEqual([1 / 200, 1]);
});

test('a write that does not end is not followed by others, and one that fails is', async () => {
  let release = (): void => {};
  const written: number[] = [];
  const writer = progressWriter(({ fraction }) => {
    written.push(fraction);
    return new Promise<void>((_, reject) => {
      release = () => reject(new Error('the queue is away'));
    });
  });
  writer.report(at(0.1));
  writer.report(at(0.2));
  writer.report(at(0.3));
  await sleep(PROGRESS_MS * 2);
  expect(written).toEqual([0.1]);
  release();
  await sleep(PROGRESS_MS * 2);
  expect(written).toEqual([0.1, 0.3]);
});

test('nothing is written after the end of the run', async () => {
  const written: number[] = [];
  const writer = progressWriter(async ({ fraction }) => void written.push(fraction));
  writer.report(at(0.1));
  writer.report(at(0.2));
  writer.stop();
  writer.report(at(0.3));
  await sleep(PROGRESS_MS * 2);
  expect(written).toEqual([0.1]);
});
