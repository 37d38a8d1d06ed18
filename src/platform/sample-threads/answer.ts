/** The work of a thread that runs samples: one session at a time, and what its runs show. */
import { viewBytes } from '../../core/tensor/tensor.ts';
import { type Gathering, gather } from '../../pipeline/gather.ts';
import type { Runtime, Session, TensorMap } from '../../pipeline/ports.ts';
import { SHOWING } from '../../pipeline/show-values.ts';
import type { SentTensor, ThreadReply, ThreadRequest } from './protocol.ts';

/** Answers requests in their order. Behind one that failed it answers nothing. */
export function answerRequests(
  runtime: Runtime,
  reply: (message: ThreadReply) => void,
): (request: ThreadRequest) => void {
  let open: { readonly session: Session; readonly gathering: Gathering } | undefined;
  let failed = false;
  let last: Promise<void> = Promise.resolve();

  const answer = async (request: ThreadRequest): Promise<void> => {
    if (request.type === 'open') {
      const { task, threads } = request;
      const session = await runtime.open(task.shown.path, { ...SHOWING, threads });
      open = { session, gathering: gather(task, session) };
      return;
    }
    if (!open) throw new Error(`"${request.type}" before "open"`);
    if (request.type === 'run') {
      await open.gathering.run(request.sample, received(request.feeds));
      reply({ type: 'ran' });
      return;
    }
    const { session, gathering } = open;
    open = undefined;
    await session.close();
    reply({ type: 'gathered', gathered: gathering.gathered() });
  };
  return request => {
    last = last.then(async () => {
      if (failed) return;
      try {
        await answer(request);
      } catch (error) {
        failed = true;
        reply({ type: 'failed', words: String(error) });
      }
    });
  };
}

function received(feeds: Readonly<Record<string, SentTensor>>): TensorMap {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, dims, bytes }]) => [
      name,
      { dtype, dims, data: viewBytes(dtype, bytes) },
    ]),
  );
}
