/** The rest of a body that is not wanted, where the connection ends with the answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Call before an answer ends. A connection closed with bytes unread is reset, and a reset takes from the client what it has not read yet: the
 * refusal of a large body would be lost with it. https://www.rfc-editor.org/rfc/rfc9112#section-9.6
 */
export function discardBody(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const last = !response.shouldKeepAlive || response.getHeader('Connection') === 'close';
  if (!last || request.complete || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    // At the body's end, or when the client or the time limit of requests has cut it off.
    request.once('close', () => resolve());
    request.resume();
  });
}
