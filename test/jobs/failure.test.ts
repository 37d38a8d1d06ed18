import { expect, test } from 'vitest';
import { BitpressError } from '../../src/errors.ts';
import { isWorthAnotherTry, levelOf, readFailure, writeFailure } from '../../src/jobs/failure.ts';

test('a problem survives the queue', () => {
  const error = new BitpressError('dataset_mismatch', 'input "x" is missing', { field: 'calibration' });
  expect(readFailure(writeFailure(error))).toMatchObject({
    code: 'dataset_mismatch',
    status: 422,
    detail: 'input "x" is missing',
    field: 'calibration',
  });
});

test('what the queue itself writes when workers died of a job is sandbox_died', () => {
  expect(readFailure('job stalled more than allowable limit')).toMatchObject({ code: 'sandbox_died' });
  expect(readFailure('{"code":"no such code"}')).toMatchObject({ code: 'sandbox_died' });
});

test('only infrastructure is tried again', () => {
  expect(isWorthAnotherTry(new BitpressError('storage_full', ''))).toBe(true);
  expect(isWorthAnotherTry(new Error('socket'))).toBe(true);
  for (const code of ['timeout', 'out_of_memory', 'sandbox_died', 'model_unreadable', 'cancelled'] as const)
    expect(isWorthAnotherTry(new BitpressError(code, ''))).toBe(false);
});

test("a user's mistake is no error of the service, a sandbox that died is worth a look", () => {
  for (const code of ['invalid_spec', 'model_unreadable', 'cancelled', 'gone'] as const)
    expect(levelOf(new BitpressError(code, ''))).toBe('info');
  for (const code of ['timeout', 'out_of_memory', 'sandbox_died'] as const)
    expect(levelOf(new BitpressError(code, ''))).toBe('warn');
  expect(levelOf(new BitpressError('storage_full', ''))).toBe('error');
  expect(levelOf(new TypeError('of ours'))).toBe('error');
});
