/**
 * Some of the vectors that enter dot products, as they are: for those who have to try things on them.
 *
 * Invariant: memory is constant, twice `MAX_ELEMENTS` floats for each shape. Runs that are kept lie evenly among all runs;
 * every other of them is for choosing, the ones between are for judging the choice: no sample does both.
 */
import type { Statistic } from './observer.ts';
import { type VectorShape, vectorsOf } from './patches.ts';

const MAX_RUNS = 32;
const MAX_ELEMENTS = 2 ** 18;
const MAX_VECTORS_PER_RUN = 16;

/** Vectors of one run by group, one after another. */
type RunVectors = readonly Float32Array[];

interface Kept {
  readonly shape: VectorShape;
  runs: RunVectors[];
  stride: number;
}

export interface VectorHalves {
  /** By group, vectors one after another. */
  readonly choose: RunVectors;
  readonly judge: RunVectors;
}

export class KeptVectors implements Statistic {
  readonly #kept = new Map<string, Kept>();
  #seen = 0;

  ask(shape: VectorShape): void {
    const key = JSON.stringify(shape);
    if (!this.#kept.has(key)) this.#kept.set(key, { shape, runs: [], stride: 1 });
  }

  observe(data: Float32Array, _samples: number, dims: readonly number[]): void {
    for (const kept of this.#kept.values()) keep(kept, data, dims, this.#seen);
    this.#seen++;
  }

  /** Undefined where fewer than two runs were seen. */
  halves(shape: VectorShape): VectorHalves | undefined {
    const runs = this.#kept.get(JSON.stringify(shape))?.runs ?? [];
    if (runs.length < 2) return undefined;
    const joined = (rest: number): RunVectors =>
      Array.from({ length: shape.groups }, (_, group) =>
        concat(runs.flatMap((run, at) => (at % 2 === rest ? [run[group] as Float32Array] : []))),
      );
    return { choose: joined(0), judge: joined(1) };
  }
}

function keep(kept: Kept, data: Float32Array, dims: readonly number[], index: number): void {
  const { shape } = kept;
  if (index % kept.stride !== 0) return;
  const most = Math.floor(MAX_ELEMENTS / (MAX_RUNS * shape.groups * shape.size));
  const vectorsIn = vectorsOf(shape, { data, dims, index }, Math.min(Math.max(most, 1), MAX_VECTORS_PER_RUN));
  kept.runs.push(Array.from({ length: shape.groups }, (_, group) => vectorsIn(group).slice()));
  if (kept.runs.length < 2 * MAX_RUNS) return;
  kept.runs = kept.runs.filter((_, at) => at % 2 === 0);
  kept.stride *= 2;
}

function concat(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
