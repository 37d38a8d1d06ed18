/**
 * What a worker shows to operators: /metrics and /livez on a port of its own, nothing else. It has no keys: it tells
 * counts and takes nothing.
 */
import { createServer } from 'node:http';
import type { Meters } from './contracts/meters.ts';

export interface MetricsServer {
  readonly url: string;
  close(): void;
}

/** @throws Error where the address is taken */
export async function serveMetrics(meters: Meters, host: string, port: number): Promise<MetricsServer> {
  const server = createServer(async (request, response) => {
    const path = request.url?.split('?', 1)[0];
    if (path === '/metrics') {
      response.setHeader('content-type', meters.contentType);
      response.end(await meters.text());
    } else if (path === '/livez') {
      response.setHeader('content-type', 'application/json');
      response.end('{"status":"ok"}');
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  return {
    url: `http://${host}:${bound}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
