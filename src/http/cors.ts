/** Which web pages may call the API. https://fetch.spec.whatwg.org/#http-cors-protocol */
import type { NextFunction, Request, Response } from 'express';
import { basePath } from './paths.ts';

/** Open to every origin: what an app reads before it has a token. */
const openPaths: ReadonlySet<string> = new Set([
  `${basePath}/metadata`,
  `${basePath}/openapi.json`,
  `${basePath}/.well-known/smart-configuration`,
  '/.well-known/jwks.json',
]);

const exposed =
  'ETag, Location, Content-Location, Content-Disposition, Last-Modified, WWW-Authenticate, X-Request-Id, X-Security-Context, X-Progress, Retry-After';
const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const headers =
  'Authorization, Content-Type, Accept, Accept-Language, Prefer, If-Match, If-None-Match, If-None-Exist, If-Modified-Since, X-Request-Id, X-Security-Context';

/**
 * Answers preflight requests (204) and marks answers that a page of the request's origin may read. Never with credentials: the API knows no
 * cookies.
 */
export function openCors(origins: readonly string[]) {
  const allowed = new Set(origins);
  return (request: Request, response: Response, next: NextFunction): void => {
    const { origin } = request.headers;
    response.vary('Origin');
    const granted = openPaths.has(request.path) ? '*' : origin !== undefined && allowed.has(origin) ? origin : undefined;
    if (granted !== undefined && origin !== undefined) {
      response.setHeader('Access-Control-Allow-Origin', granted);
      response.setHeader('Access-Control-Expose-Headers', exposed);
    }
    const preflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
    if (!preflight) {
      next();
      return;
    }
    if (granted !== undefined) {
      response.setHeader('Access-Control-Allow-Methods', methods);
      response.setHeader('Access-Control-Allow-Headers', headers);
      response.setHeader('Access-Control-Max-Age', '600');
    }
    response.status(204).end();
  };
}
