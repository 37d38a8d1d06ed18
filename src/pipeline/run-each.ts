/** Runs a model over samples, whether it is loaded as a whole or piece by piece, and gives the outputs of one at a time. */
import { BitpressError } from '../errors.ts';
import type { Runs, Session, TensorMap } from './ports.ts';

/** @throws BitpressError cancelled, between two samples */
export async function* runEach(session: Session, runs: Runs, signal: AbortSignal): AsyncIterable<TensorMap> {
  if (session.pieces) {
    yield* session.pieces.run(runs);
    return;
  }
  for (let index = 0; index < runs.count; index++) {
    if (signal.aborted) throw new BitpressError('cancelled', 'cancelled while running samples');
    yield await session.run(runs.feeds(index), runs.outputs);
    // Runs block the event loop; a timer or an abort can only come in between.
    await new Promise(resolve => setImmediate(resolve));
  }
}

/** What two models give on the same samples. Each goes on only when it is asked for the next. */
export async function* inPairs(
  ...models: readonly [AsyncIterable<TensorMap>, AsyncIterable<TensorMap>]
): AsyncIterable<readonly [TensorMap, TensorMap]> {
  const [first, second] = [models[0][Symbol.asyncIterator](), models[1][Symbol.asyncIterator]()];
  try {
    for (;;) {
      const [a, b] = [await first.next(), await second.next()];
      if (a.done || b.done) return;
      yield [a.value, b.value];
    }
  } finally {
    await first.return?.();
    await second.return?.();
  }
}
