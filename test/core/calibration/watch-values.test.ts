import { expect, it } from 'vitest';
import { minMax } from '../../../src/core/calibration/min-max.ts';
import type { Statistic } from '../../../src/core/calibration/observer.ts';
import { Observers } from '../../../src/core/calibration/observers.ts';

class Shapes implements Statistic {
  readonly seen: string[] = [];
  observe(_data: Float32Array, _samples: number, dims: readonly number[]): void {
    this.seen.push(dims.join('x'));
  }
}

it('shows each run to all statistics of a value and finds them by class', () => {
  const observers = new Observers();
  observers.watch('x', new Shapes());
  observers.watch('x', minMax.create({}, { levels: 256, symmetric: false }));
  observers.watch('y', new Shapes());
  observers.observe('x', Float32Array.of(-1, 2), [1, 2]);
  observers.observe('x', Float32Array.of(5, 0), [2, 1]);
  observers.observe('z', Float32Array.of(9), []);
  expect(observers.names).toEqual(['x', 'y']);
  expect(observers.range('x')).toEqual({ min: -1, max: 5 });
  expect(observers.range('y')).toBeUndefined();
  expect(observers.find('x', Shapes)?.seen).toEqual(['1x2', '2x1']);
  expect(observers.find('z', Shapes)).toBeUndefined();
});

it('watches a value with one statistic of a class only: two who ask share it', () => {
  const observers = new Observers();
  const first = new Shapes();
  observers.watch('x', first);
  observers.watch('x', new Shapes());
  expect(observers.find('x', Shapes)).toBe(first);
});
