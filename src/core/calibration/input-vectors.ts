/**
 * What is known of the vectors that enter dot products: their mean, and the sum of their outer products.
 *
 * Several nodes may read one value, with windows of their own; each shape is asked for once and gathered once.
 * Invariant: memory is constant in the number of runs; a run's work for one shape is bounded, by taking part of its vectors.
 */
import type { Statistic } from './observer.ts';
import { type VectorShape, vectorsOf } from './patches.ts';
import { SecondMoment } from './second-moment.ts';

/** Elements that a run may copy for one shape, and products of two elements where second moments are gathered: each
 * about a millisecond or ten. */
const COPIED_PER_RUN = 2 ** 17;
const PRODUCTS_PER_RUN = 2 ** 24;
/** At least this many vectors of a run are seen, at most that many. */
const VECTORS_PER_RUN = { least: 16, most: 1024 } as const;

interface Gathered {
  readonly shape: VectorShape;
  readonly sum: Float64Array;
  vectors: number;
  moments: readonly SecondMoment[] | undefined;
}

export class InputVectors implements Statistic {
  readonly #gathered = new Map<string, Gathered>();
  #runs = 0;

  /** From now on the vectors of this shape are gathered; their second moments where somebody asks for them. */
  ask(shape: VectorShape, moments: boolean): void {
    const key = JSON.stringify(shape);
    const known = this.#gathered.get(key) ?? {
      shape,
      sum: new Float64Array(shape.groups * shape.size),
      vectors: 0,
      moments: undefined,
    };
    if (moments) known.moments ??= Array.from({ length: shape.groups }, () => new SecondMoment(shape.size));
    this.#gathered.set(key, known);
  }

  observe(data: Float32Array, _samples: number, dims: readonly number[]): void {
    for (const each of this.#gathered.values()) gather(each, data, dims, this.#runs);
    this.#runs++;
  }

  /** Mean vector of all groups, one after another; undefined where no vector was seen. */
  mean(shape: VectorShape): Float64Array | undefined {
    const found = this.#gathered.get(JSON.stringify(shape));
    return found && found.vectors > 0 ? found.sum.map(x => x / found.vectors) : undefined;
  }

  /** By group. */
  moments(shape: VectorShape): readonly SecondMoment[] | undefined {
    const found = this.#gathered.get(JSON.stringify(shape));
    return found && found.vectors > 0 ? found.moments : undefined;
  }
}

function gather(each: Gathered, data: Float32Array, dims: readonly number[], index: number): void {
  const { shape, sum, moments } = each;
  const { groups, size } = shape;
  const copied = groups * size;
  const limit = Math.min(COPIED_PER_RUN / copied, moments ? PRODUCTS_PER_RUN / (copied * size) : Infinity);
  const { least, most } = VECTORS_PER_RUN;
  const vectorsIn = vectorsOf(
    shape,
    { data, dims, index },
    Math.floor(Math.min(Math.max(limit, least), most)),
  );
  let count = 0;
  for (let group = 0; group < groups; group++) {
    const vectors = vectorsIn(group);
    count = vectors.length / size;
    addAll(sum.subarray(group * size, (group + 1) * size), vectors);
    moments?.[group]?.add(vectors);
  }
  each.vectors += count;
}

function addAll(sum: Float64Array, vectors: Float32Array): void {
  const size = sum.length;
  for (let start = 0; start < vectors.length; start += size)
    for (let k = 0; k < size; k++) sum[k] = (sum[k] as number) + (vectors[start + k] as number);
}
