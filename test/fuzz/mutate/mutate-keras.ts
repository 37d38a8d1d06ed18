/**
 * One mutated Keras file: a value of its config changed (for .keras in config.json, for .h5 inside the text that HDF5
 * holds, at the same length), its weights cut or changed, or its bytes.
 */

import { type ZipMember, zip } from '../../support/npz.ts';
import type { Random } from '../random.ts';
import { mutateBytes } from './byte-mutations.ts';
import { INTEGERS, TEXTS } from './interesting.ts';
import type { Mutant } from './mutate-onnx.ts';

/** A Keras file taken apart; `members` for a .keras archive. */
export interface KerasSeed {
  readonly bytes: Uint8Array;
  readonly members: readonly ZipMember[] | undefined;
}

const BYTES_SHARE = 0.25;
const VALUES: readonly unknown[] = [
  null,
  1.5,
  1e9,
  1e308,
  [],
  [1],
  [2, 2],
  [[1, 2]],
  {},
  true,
  false,
  'same',
  'linear',
];

export function mutateKeras({ bytes, members }: KerasSeed, random: Random): Mutant {
  if (random.chance(BYTES_SHARE)) return { bytes: mutateBytes(bytes, random), edits: ['bytes'] };
  if (!members) return { bytes: sameLengthText(bytes, random), edits: ['h5 text'] };
  if (random.chance(0.2)) {
    const changed = members.map(member =>
      random.chance(0.5) ? { ...member, data: mutateBytes(member.data, random) } : member,
    );
    return { bytes: zip(changed), edits: ['member bytes'] };
  }
  const changed = members.map(member =>
    member.name === 'config.json' ? { ...member, data: mutateConfig(member.data, random) } : member,
  );
  return { bytes: zip(changed), edits: ['config'] };
}

type Holder = Record<string, unknown>;

function mutateConfig(data: Uint8Array, random: Random): Uint8Array {
  const config = JSON.parse(new TextDecoder().decode(data)) as Holder;
  for (let edits = 1 + random.below(3); edits > 0; edits--) {
    const all = [...places(config)];
    const place = random.pick(all);
    if (!place) break;
    const [holder, key] = place;
    const roll = random.next();
    if (roll < 0.2) delete holder[key];
    else if (roll < 0.4) {
      const [from, name] = random.pick(all) ?? place;
      // A copy: JSON has no cycles.
      holder[key] = structuredClone(from[name]);
    } else holder[key] = value(random);
  }
  return new TextEncoder().encode(JSON.stringify(config));
}

function value(random: Random): unknown {
  if (random.chance(0.3)) return Number(random.pick(INTEGERS));
  // A copy: later edits may change it.
  return random.chance(0.3) ? random.pick(TEXTS) : structuredClone(random.pick(VALUES));
}

function* places(holder: Holder): Generator<readonly [Holder, string]> {
  for (const key of Object.keys(holder)) {
    yield [holder, key];
    const inner = holder[key];
    if (typeof inner === 'object' && inner !== null) yield* places(inner as Holder);
  }
}

/** HDF5 stores lengths beside the text; what keeps its length keeps the file readable. */
function sameLengthText(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = Buffer.from(bytes);
  const text = copy.toString('latin1');
  const found = [...text.matchAll(/"[a-z_]+": ?("[^"]{1,40}"|[-\d.]{1,12}|true|false|null)/g)];
  for (let edits = 1 + random.below(3); edits > 0 && found.length > 0; edits--) {
    const match = random.pick(found)!;
    const old = match[1]!;
    const at = match.index + match[0].length - old.length;
    copy.write(replacement(old, random), at, 'latin1');
  }
  return copy;
}

function replacement(old: string, random: Random): string {
  const size = old.length;
  if (old.startsWith('"')) {
    const other = random.pick(['None', 'Lambda', 'Dense', 'relu', 'float16', 'same', '../x', 'a\\"b']) ?? '';
    return `"${other.padEnd(size - 2).slice(0, size - 2)}"`;
  }
  const digits = Array.from({ length: size }, () => random.below(10)).join('');
  return random.chance(0.3) ? `-${digits}`.slice(0, size) : digits;
}
