/**
 * Runs a model over calibration samples, one after the other, and shows what each run gave.
 *
 * Invariant: what was shown is dropped before the next run; an abort is heard in between. Of a model in pieces, all samples go
 * through one piece before the next is loaded: each value is shown once for every sample, in their order, but not all
 * values of a sample together.
 */
import { BitpressError } from '../errors.ts';
import type { Ports, SampleSource, Shown } from './ports.ts';
import { SHOWING } from './show-values.ts';

export interface Showing {
  readonly samples: SampleSource;
  /** Of the session; as many as there are cores where it is left out. */
  readonly threads?: number | undefined;
  /** Outputs of the model. */
  readonly outputs: readonly string[];
  readonly look: (shown: Shown) => void;
}

export async function runSamples(
  path: string,
  { samples, outputs, look, threads }: Showing,
  { runtime, signal }: Pick<Ports, 'runtime' | 'signal'>,
): Promise<void> {
  const { count } = samples;
  const session =
    outputs.length > 0 ? await runtime.open(path, { ...SHOWING, ...(threads && { threads }) }) : undefined;
  try {
    if (session?.pieces) {
      await session.pieces.show({ count, outputs, feeds: sample => samples.feeds(sample) }, look);
      return;
    }
    for (let sample = 0; sample < count; sample++) {
      if (signal.aborted) throw new BitpressError('cancelled', 'cancelled while calibrating');
      const given = samples.feeds(sample);
      const results = session ? await session.run(given, outputs) : {};
      look({ sample, results, given, fraction: (sample + 1) / count });
      session?.discard?.(results);
      await new Promise(resolve => setImmediate(resolve));
    }
  } finally {
    await session?.close();
  }
}
