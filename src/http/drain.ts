/** The end of a server with connections open: what has begun is answered, and each answer says that it is the last on its connection. */
import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';

/** How long a client that has just had an answer may take to send its next request: by then it is on its way, and is answered. */
const nextRequestMs = 30;

/**
 * Follows the answers of a server that is about to listen, and gives what closes it: no new connection is taken, requests that have begun
 * have `lateMs` milliseconds to end, and "Connection: close" keeps clients from sending another where nobody would read it.
 */
export function openDrain(server: Server, lateMs: number): () => Promise<void> {
  const unanswered = new Set<ServerResponse>();
  let closing = false;
  server.on('request', (_request, response) => {
    unanswered.add(response);
    response.once('close', () => unanswered.delete(response));
    if (closing) markLast(response);
  });
  return async () => {
    closing = true;
    for (const response of unanswered) markLast(response);
    // Closing the server cuts off what is idle, and a request still on its way to it would be lost.
    await wait(nextRequestMs);
    await nextTurn(); // What has come meanwhile is read.
    const closed = once(server, 'close');
    server.close();
    // A connection whose answer had begun before is kept alive, and idle again when that is sent.
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    const late = setTimeout(() => server.closeAllConnections(), lateMs);
    await closed;
    clearInterval(idle);
    clearTimeout(late);
  };
}

function markLast(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
