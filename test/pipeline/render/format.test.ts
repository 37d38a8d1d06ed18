import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatChange,
  formatDb,
  formatMs,
  formatScore,
  significant,
} from '../../../src/pipeline/render/format.ts';

describe('formats', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 KB'],
    [721_128, '721 KB'],
    [999_600, '1.00 MB'],
    [4_300_000_000, '4.30 GB'],
  ])('%d bytes as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0.2219, '0.222 ms'],
    [8.17, '8.17 ms'],
    [1234, '1230 ms'],
    [12_340, '12.3 s'],
  ])('%f milliseconds as %s', (ms, text) => expect(formatMs(ms)).toBe(text));

  it.each([
    [37.24, '37.2 dB'],
    [300, 'exact'],
    [-300, 'not finite'],
  ])('%f decibels as %s', (db, text) => expect(formatDb(db)).toBe(text));

  it.each([
    [0.0005, true, '-0.05 points'],
    [-0.002, true, '+0.20 points'],
    [0, true, '0.00 points'],
    [0.0123, false, '-1.23 %'],
    [Number.MAX_SAFE_INTEGER, false, 'lost'],
  ])('a drop of %f as %s', (drop, isAccuracy, text) => expect(formatChange(drop, { isAccuracy })).toBe(text));

  it('scores with their unit', () => {
    expect(formatScore(0.8935, { isAccuracy: true, unit: '' })).toBe('89.35 %');
    expect(formatScore(23.13449, { isAccuracy: false, unit: 'dB' })).toBe('23.134 dB');
    expect(formatScore(4.542588, { isAccuracy: false, unit: '' })).toBe('4.5426');
  });

  it('small and large numbers', () => {
    expect(significant(0.00002, 3)).toBe('2.00e-5');
    expect(significant(-1e9, 3)).toBe('-1000000000');
    expect(significant(1234, 3)).toBe('1230');
    expect(significant(0, 3)).toBe('0');
  });
});
