/**
 * Files that nobody may read: each holds a marker, over and over, so that any part of it tells where it came from.
 *
 * They lie where a model's `location` might lead: in the server's working directory, its home, its data directory, above
 * the sandboxes, and at an absolute path; as plain files, behind a symlink and behind a hard link.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Canaries {
  readonly marker: string;
  /** As a model might write them. */
  readonly locations: readonly string[];
  readonly paths: readonly string[];
}

const BYTES = 1 << 20;
const NAMES = ['.env', 'canary.bin', 'id_rsa'];

/** @param folders of the server: working directory, home, data directory and whatever lies above a sandbox */
export function plantCanaries(root: string, folders: readonly string[]): Canaries {
  // Text without zero bytes: the start of a key, a password file and a tensor alike.
  const marker = `bitpress-canary-${randomBytes(12).toString('hex')}`;
  const content = marker.repeat(Math.ceil(BYTES / marker.length));
  const outside = join(root, 'outside', 'secret.bin');
  const paths = [outside, ...folders.flatMap(folder => NAMES.map(name => join(folder, name)))];
  for (const path of paths) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { mode: 0o600 });
  }
  for (const folder of folders) {
    linkSync(outside, join(folder, 'hardlink.bin'));
    symlinkSync(outside, join(folder, 'symlink.bin'));
  }
  const up = (levels: number): readonly string[] =>
    [...NAMES, 'hardlink.bin', 'symlink.bin'].map(name => '../'.repeat(levels) + name);
  return {
    marker,
    paths: [
      ...paths,
      ...folders.flatMap(folder => ['hardlink', 'symlink'].map(name => join(folder, `${name}.bin`))),
    ],
    locations: [
      ...paths,
      ...[0, 1, 2, 3, 4].flatMap(up),
      `./${NAMES[0]}`,
      `file://${outside}`,
      '/proc/self/environ',
    ],
  };
}
