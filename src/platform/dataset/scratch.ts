/**
 * Where unpacked elements are kept: one nameless file that is written front to back and read by position.
 *
 * Invariant: it lives as long as its descriptor: nothing is left behind, whatever happens to the process.
 */
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { FileRegion } from './file-array.ts';

export interface Scratch {
  /** Where the next byte goes. */
  begin(): number;
  append(bytes: Uint8Array): void;
  /** What was appended since `begin`. */
  end(begun: number): FileRegion;
  close(): void;
}

export function openScratch(workDir: string): Scratch {
  let fd: number | undefined;
  let size = 0;
  // Made when it is needed: an archive of stored arrays needs none.
  const file = (): number => (fd ??= openNameless(workDir));
  return {
    begin: () => size,
    append(bytes) {
      for (let done = 0; done < bytes.length; )
        done += writeSync(file(), bytes, done, bytes.length - done, size + done);
      size += bytes.length;
    },
    end: begun => ({ fd: file(), offset: begun, length: size - begun }),
    close() {
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
}

function openNameless(workDir: string): number {
  const path = join(workDir, `dataset-${process.pid}-${process.hrtime.bigint()}.tmp`);
  const fd = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  return fd;
}
