/**
 * Reads entries of a zip archive that is in memory, by name, as a .keras file needs it.
 *
 * Invariant: what an entry declares is never believed: the inflated bytes are bounded while they are inflated, and
 * size and CRC-32 must come out as the directory says. Links, encryption, unknown methods and duplicate names are
 * refused; names are labels and no path is ever opened.
 *
 * Source: APPNOTE.TXT, 4.3 (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT).
 */
import { crc32, inflateRawSync } from 'node:zlib';
import { LIMITS } from '../limits.ts';
import { exceeded, unreadable } from '../problems.ts';

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const END_BYTES = 22;
const MAX_COMMENT = 0xffff;
const LINK_TYPE = 0o120000;
const TYPE_BITS = 0o170000;

interface Entry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
  readonly mode: number;
}

/** How large an entry may be, and the limit that says so. */
export interface Bound {
  readonly bytes: number;
  readonly limit: keyof typeof LIMITS;
}

export interface ZipArchive {
  readonly names: readonly string[];
  has(name: string): boolean;
  /** Inflates one entry, which may not pass the bound; a stored entry is a view of the archive. */
  read(name: string, bound: Bound): Uint8Array;
}

export function openZip(bytes: Uint8Array): ZipArchive {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = new Map<string, Entry>();
  for (const entry of directory(view)) {
    if (entries.has(entry.name)) throw unreadable(`The zip archive holds "${entry.name}" twice.`);
    entries.set(entry.name, entry);
  }
  return {
    names: [...entries.keys()],
    has: name => entries.has(name),
    read(name, bound) {
      const entry = entries.get(name);
      if (!entry) throw unreadable(`The archive has no ${name}.`);
      return readEntry(view, bytes, entry, bound);
    },
  };
}

function* directory(view: DataView): Generator<Entry> {
  const { count, start } = endRecord(view);
  if (count > LIMITS.zipEntries) throw exceeded('zipEntries', `The zip archive holds ${count} entries.`);
  let at = start;
  for (let index = 0; index < count; index++) {
    need(view, at, 46);
    if (view.getUint32(at, true) !== CENTRAL) throw unreadable('The zip directory is damaged.');
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const commentLength = view.getUint16(at + 32, true);
    need(view, at + 46, nameLength + extraLength + commentLength);
    const name = new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at + 46, nameLength));
    const wide = zip64(view, at + 46 + nameLength, extraLength);
    const field = (offset: number) => {
      const value = view.getUint32(at + offset, true);
      return value === 0xffffffff ? wide() : value;
    };
    // The order of the 64-bit fields is fixed: size, packed size, offset (APPNOTE 4.5.3).
    const size = field(24);
    const packed = field(20);
    const offset = field(42);
    yield {
      name,
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed,
      size,
      offset,
      mode: view.getUint32(at + 38, true) >>> 16,
    };
    at += 46 + nameLength + extraLength + commentLength;
  }
}

function endRecord(view: DataView): { readonly count: number; readonly start: number } {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT); at--) {
    if (view.getUint32(at, true) !== END) continue;
    const count = view.getUint16(at + 10, true);
    const start = view.getUint32(at + 16, true);
    if (count !== 0xffff && start !== 0xffffffff) return { count, start };
    need(view, at - 20, 20);
    if (view.getUint32(at - 20, true) !== LOCATOR64) throw unreadable('The zip64 directory is damaged.');
    const wide = Number(view.getBigUint64(at - 12, true));
    need(view, wide, 56);
    if (view.getUint32(wide, true) !== END64) throw unreadable('The zip64 directory is damaged.');
    return {
      count: Number(view.getBigUint64(wide + 32, true)),
      start: Number(view.getBigUint64(wide + 48, true)),
    };
  }
  throw unreadable('The zip archive has no directory: the file is truncated or damaged.');
}

/** Hands out the 64-bit fields of the extra record, in order. */
function zip64(view: DataView, start: number, length: number): () => number {
  for (let at = start; at + 4 <= start + length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    const end = Math.min(at + 4 + view.getUint16(at + 2, true), start + length);
    let next = at + 4;
    return () => {
      if (next + 8 > end) throw unreadable('A zip64 field is missing.');
      next += 8;
      return Number(view.getBigUint64(next - 8, true));
    };
  }
  return () => {
    throw unreadable('A zip64 field is missing.');
  };
}

function readEntry(view: DataView, bytes: Uint8Array, entry: Entry, bound: Bound): Uint8Array {
  const { name, size } = entry;
  if ((entry.mode & TYPE_BITS) === LINK_TYPE)
    throw unreadable(
      `Bad entry ${name}: it is a link, not a file.`,
      'Save the model again with model.save().',
    );
  if (entry.flags & 1) throw unreadable(`The entry ${name} is encrypted.`);
  if (size > bound.bytes) throw exceeded(bound.limit, `The entry ${name} is too large: ${size} bytes.`);
  need(view, entry.offset, 30);
  if (view.getUint32(entry.offset, true) !== LOCAL) throw unreadable(`The entry ${name} is damaged.`);
  const start =
    entry.offset + 30 + view.getUint16(entry.offset + 26, true) + view.getUint16(entry.offset + 28, true);
  need(view, start, entry.packed);
  const data = unpack(bytes.subarray(start, start + entry.packed), entry);
  if (data.length !== size)
    throw unreadable(`Size mismatch: the entry ${name} holds ${data.length} bytes and declares ${size}.`);
  if (crc32(data) !== entry.crc)
    throw unreadable(`CRC mismatch: the entry ${name} was changed or damaged.`, 'Send the file again.');
  return data;
}

function unpack(packed: Uint8Array, { name, method, size }: Entry): Uint8Array {
  if (method === 0) return packed;
  if (method !== 8)
    throw unreadable(
      `The entry ${name} uses zip method ${method}, which is unsupported.`,
      'Pack the archive with method "store" or "deflate", as model.save() does.',
    );
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch (cause) {
    throw unreadable(
      `The entry ${name} is damaged, or too large for its declared size of ${size} bytes (size mismatch).`,
      undefined,
      cause,
    );
  }
}

function need(view: DataView, at: number, length: number): void {
  if (at < 0 || !Number.isSafeInteger(at) || at + length > view.byteLength)
    throw unreadable('The zip archive is truncated or damaged.');
}
