/** A receiver of webhooks that counts: deliveries by job, and the messages among them by their ids. */
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

export interface Receiver {
  readonly url: string;
  /** Ids of messages and how often each came, by job. */
  readonly messages: ReadonlyMap<string, ReadonlyMap<string, number>>;
  close(): void;
}

export async function startReceiver(): Promise<Receiver> {
  const messages = new Map<string, Map<string, number>>();
  const server = createServer(async (request, response) => {
    try {
      const { data } = (await json(request)) as { data: { id: string } };
      const id = String(request.headers['webhook-id']);
      const ofJob = messages.get(data.id) ?? new Map<string, number>();
      ofJob.set(id, (ofJob.get(id) ?? 0) + 1);
      messages.set(data.id, ofJob);
      response.writeHead(204).end();
    } catch {
      // Its sender was killed while it spoke.
      response.destroy();
    }
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, messages, close: () => server.close() };
}
