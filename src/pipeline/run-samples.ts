/**
 * Runs a model over calibration samples, one after the other.
 *
 * Invariant: what one run gave is dropped before the next; an abort is heard in between.
 */
import { BitpressError } from '../errors.ts';
import type { Ports, SampleSource, Session, TensorMap } from './ports.ts';

/** @param use runs the session on the feeds of one sample, and looks at what it gives */
export async function runSamples(
  path: string,
  samples: SampleSource,
  use: (session: Session, feeds: TensorMap, sample: number) => Promise<void>,
  { runtime, signal }: Pick<Ports, 'runtime' | 'signal'>,
): Promise<void> {
  const session = await runtime.open(path, { optimization: 'all' });
  try {
    for (let sample = 0; sample < samples.count; sample++) {
      if (signal.aborted) throw new BitpressError('cancelled', 'cancelled while calibrating');
      await use(session, samples.feeds(sample), sample);
      await new Promise(resolve => setImmediate(resolve));
    }
  } finally {
    await session.close();
  }
}
