/**
 * One HTTP/1.1 connection that is kept open and asks one thing at a time, written for the load runs: it costs a tenth of
 * a general client, which would otherwise take the processor from the server that is measured on the same machine.
 *
 * Invariant: an answer counts only with its whole body; anything but Content-Length framing is an error.
 */
import { createConnection, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface GetClient {
  get(path: string): Promise<Answer>;
  close(): void;
}

const SEPARATOR = '\r\n\r\n';

export async function openGetClient(host: string, port: number): Promise<GetClient> {
  const socket: Socket = createConnection({ host, port, noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  let received = '';
  let waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
  const fail = (error: Error): void => {
    waiting?.reject(error);
    waiting = undefined;
  };
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    received += text;
    const answer = parse(received);
    if (!answer) return;
    received = '';
    const { resolve } = waiting!;
    waiting = undefined;
    resolve(answer);
  });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the connection was closed')));
  return {
    get: path =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`);
      }),
    close: () => socket.destroy(),
  };
}

function parse(text: string): Answer | undefined {
  const headEnd = text.indexOf(SEPARATOR);
  if (headEnd < 0) return undefined;
  const head = text.slice(0, headEnd);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without Content-Length:\n${head}`);
  const body = text.slice(headEnd + SEPARATOR.length);
  if (body.length < Number(length)) return undefined;
  return { status: Number(head.slice(9, 12)), body };
}
