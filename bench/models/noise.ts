/**
 * Random numbers with a fixed seed: the same on every machine and in every run.
 *
 * Invariant: xorshift32 (G. Marsaglia, "Xorshift RNGs", 2003); near-normal numbers are sums of four uniform ones.
 */
export class Noise {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** 0 to 2^32 - 1. */
  next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state;
  }

  /** Mean 0 and the given deviation; tails end at 3.5 deviations. */
  normal(count: number, deviation: number): Float32Array {
    const values = new Float32Array(count);
    // The sum of four numbers from [0, 1) has mean 2 and variance 1/3.
    const scale = (deviation * Math.sqrt(3)) / 2 ** 32;
    for (let i = 0; i < count; i++) {
      const sum = this.next() + this.next() + this.next() + this.next();
      values[i] = (sum - 2 ** 33) * scale;
    }
    return values;
  }

  integers(count: number, below: number): BigInt64Array {
    return BigInt64Array.from({ length: count }, () => BigInt(this.next() % below));
  }
}
