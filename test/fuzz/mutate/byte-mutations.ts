/** Mutations that know nothing of the format: flipped bits, copied, cut and inserted runs, numbers at the edge. */
import type { Random } from '../random.ts';

const EDGES = [0, 1, 0x7f, 0x80, 0xff];

/** @param bytes are left as they are */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  let copy: Uint8Array = Uint8Array.from(bytes);
  for (let edit = 1 + random.below(4); edit > 0; edit--) copy = change(copy, random);
  return copy;
}

function change(bytes: Uint8Array, random: Random): Uint8Array {
  // Headers and names are near the ends of these formats, payloads in the middle.
  const window = random.chance(0.5) ? Math.min(bytes.length, 4096) : bytes.length;
  const at = random.chance(0.2) ? bytes.length - 1 - random.below(window) : random.below(window);
  switch (random.below(7)) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      return bytes;
    case 1:
      bytes[at] = random.below(256);
      return bytes;
    case 2:
      bytes.fill(random.pick(EDGES) ?? 0, at, at + 1 + random.below(16));
      return bytes;
    case 3: {
      const from = random.below(bytes.length);
      return bytes.copyWithin(at, from, from + 1 + random.below(64));
    }
    case 4:
      return bytes.slice(0, at);
    case 5: {
      const cut = 1 + random.below(32);
      return concat(bytes.subarray(0, at), bytes.subarray(at + cut));
    }
    default: {
      const insert = Uint8Array.from({ length: 1 + random.below(16) }, () => random.below(256));
      return concat(concat(bytes.subarray(0, at), insert), bytes.subarray(at));
    }
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
