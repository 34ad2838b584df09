/** A request whose answer is taken as it comes over the wire: `fetch` unpacks, follows and adds headers of its own. */
import { type IncomingHttpHeaders, request } from 'node:http';
import type { TestServer } from './server.ts';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RawOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Default: `system/*.cruds`. */
  readonly token?: string;
}

/** A request below the FHIR base, with nothing added but the token. */
export async function rawRequest(server: TestServer, path: string, options: RawOptions = {}): Promise<RawAnswer> {
  const token = options.token ?? (await server.token('system/*.cruds'));
  return new Promise((resolve, reject) => {
    const sent = request(
      `${server.origin}/fhir/${path}`,
      { method: options.method ?? 'GET', headers: { authorization: `Bearer ${token}`, ...options.headers } },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(options.body);
  });
}
