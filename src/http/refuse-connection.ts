/** What Node refuses before there is a request: too large a head, a request that never ends, bytes that are no HTTP. */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { formatJson } from '../fhir/json.ts';
import type { Log } from '../fhir/log-failure.ts';
import { FhirError, operationOutcome } from '../fhir/outcome.ts';

/**
 * For the server's `clientError` event: answers with an OperationOutcome and closes the connection. The log says which fault it was by Node's code
 * alone, since the bytes may hold anything.
 */
export function openRefusal(log: Log) {
  return (error: Error & { readonly code?: string }, socket: Socket): void => {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const { status, issues } = refusals.get(error.code ?? '') ?? notHttp;
    const requestId = randomUUID();
    const { resourceType, ...members } = operationOutcome(issues);
    const body = formatJson({ resourceType, id: requestId, ...members });
    const head = [
      `HTTP/1.1 ${status} ${reasons[status] ?? 'Bad Request'}`,
      'Content-Type: application/fhir+json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      'Cache-Control: no-store',
      'Connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
    log('info', 'refused', { requestId, status, failure: error.code ?? error.name });
  };
}

const refusals: ReadonlyMap<string, FhirError> = new Map([
  [
    'HPE_HEADER_OVERFLOW',
    refusal(
      431,
      'too-long',
      'The request line and headers are too large together: 32 kB at most. A long search goes in the body of POST _search.',
    ),
  ],
  ['ERR_HTTP_REQUEST_TIMEOUT', refusal(408, 'timeout', 'The request did not come to its end in time.')],
]);

const notHttp = refusal(400, 'structure', 'This is not an HTTP/1.1 request.');

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

function refusal(status: number, code: 'too-long' | 'timeout' | 'structure', text: string): FhirError {
  return new FhirError(status, [{ severity: 'error', code, text }]);
}
