/** A pass-through that hashes and counts what flows, and refuses too much of it. */
import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { BitpressError } from '../../errors.ts';

export interface Hashing extends Transform {
  /** After the end of the stream only. */
  result(): { readonly sha256: string; readonly bytes: number };
}

export function hashing(maxBytes: number): Hashing {
  const hash = createHash('sha256');
  let bytes = 0;
  const transform = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes)
        return done(
          new BitpressError('payload_too_large', `the upload exceeds ${maxBytes} bytes`, {
            limit: 'BITPRESS_MAX_UPLOAD_BYTES',
          }),
        );
      hash.update(chunk);
      done(null, chunk);
    },
  });
  return Object.assign(transform, { result: () => ({ sha256: hash.digest('hex'), bytes }) });
}
