/** The Express application: what every answer has in common, and the few paths outside FHIR. */
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import type { TokenVerifier } from '../access/verify-token.ts';
import { notFound } from '../fhir/outcome.ts';
import type { JsonObject } from '../fhir/types.ts';
import type { ServerContext } from '../interactions/context.ts';
import { openCors } from './cors.ts';
import { openExchange } from './exchange.ts';
import { openFhir } from './fhir.ts';
import { openApi } from './openapi/openapi.ts';
import { basePath } from './paths.ts';
import { openBodyReader } from './read-body.ts';
import { sendError } from './send-error.ts';
import { sendOpenApi, sendPublicJson, sendState } from './well-known.ts';
import { openXmlFormat } from './xml/xml-format.ts';

export interface AppSettings {
  readonly context: ServerContext;
  /** Undefined under AUTH=none. */
  readonly verify: TokenVerifier | undefined;
  readonly corsOrigins: readonly string[];
  /** The SMART discovery document and the public keys. */
  readonly smartConfiguration: JsonObject;
  readonly jwks: JsonObject;
  /** Resolves when the store answers. */
  readonly ready: () => Promise<void>;
}

export function openApp(settings: AppSettings): Express {
  const { context, verify } = settings;
  const xml = openXmlFormat(context.definitions);
  const app = express();
  // An ETag of Express would be a hash of the content, not FHIR's version; a client's X-Forwarded-* decides nothing here.
  app.set('etag', false).set('query parser', false).set('trust proxy', false).set('case sensitive routing', true);
  app.disable('x-powered-by');
  app.use(openExchange(context.log, context.now), openHelmet(), openCors(settings.corsOrigins));
  app.get(
    '/livez',
    sendState(async () => undefined),
  );
  app.get('/readyz', sendState(settings.ready));
  app.get('/.well-known/jwks.json', sendPublicJson(settings.jwks));
  app.get(`${basePath}/.well-known/smart-configuration`, sendPublicJson(settings.smartConfiguration));
  app.get(`${basePath}/openapi.json`, sendOpenApi(openApi({ context, secured: verify !== undefined })));
  app.use(basePath, openFhir({ context, verify, readBody: openBodyReader(), xml }));
  app.use(() => {
    throw notFound(`Nothing is here. The FHIR base is ${context.baseUrl}.`);
  });
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    return sendError(error, request, response, { log: context.log, xml });
  });
  return app;
}

/** https://helmetjs.github.io/ as an API needs it: nothing here is a page, and other origins read it by CORS alone. */
function openHelmet() {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], sandbox: [] },
    },
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
}
