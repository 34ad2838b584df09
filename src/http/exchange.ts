/** What is known of a request while it is answered, for the log line at its end and the id in its answer. */
import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import type { AccessContext } from '../access/access-context.ts';
import type { Log } from '../fhir/log-failure.ts';
import type { InteractionCode, Language } from '../fhir/types.ts';
import { chooseLanguage } from './language.ts';
import type { AnswerFormat } from './negotiate.ts';

export interface Exchange {
  readonly requestId: string;
  readonly startedAt: number;
  /** Of the answer's sentences, as far as there are any in it. */
  readonly language: Language;
  /** Of the answer, once it is settled; a refusal may come before. */
  format?: AnswerFormat;
  access?: AccessContext;
  interaction?: InteractionCode;
  /** Set only when it is a resource type: a path may hold anything. */
  type?: string;
}

/** Starts an exchange: takes over the client's `X-Request-Id` or makes one, and writes the log line when the answer is sent. */
export function openExchange(log: Log, now: () => number) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const sent = request.get('X-Request-Id') ?? '';
    const exchange: Exchange = {
      requestId: requestIdPattern.test(sent) ? sent : randomUUID(),
      startedAt: now(),
      language: chooseLanguage(request.headers['accept-language']),
    };
    response.locals['exchange'] = exchange;
    response.setHeader('X-Request-Id', exchange.requestId);
    response.once('close', () => logExchange(exchange, request, response, log, now));
    next();
  };
}

export function exchangeOf(response: Response): Exchange {
  return response.locals['exchange'] as Exchange; // Set by openExchange, before every other step.
}

/** Fits FHIR's id, so that an OperationOutcome can carry it. */
const requestIdPattern = /^[A-Za-z0-9\-.]{1,64}$/;

function logExchange(exchange: Exchange, request: Request, response: Response, log: Log, now: () => number): void {
  const { requestId, startedAt, access, interaction, type } = exchange;
  const probe = request.path === '/livez' || request.path === '/readyz';
  log(probe ? 'debug' : 'info', 'request', {
    requestId,
    client: access?.clientId ?? '',
    token: access?.tokenHash ?? '',
    method: request.method,
    interaction: interaction ?? '',
    type: type ?? '',
    status: response.statusCode,
    ms: Math.round((now() - startedAt) * 10) / 10,
    ...(response.writableFinished ? {} : { aborted: true }),
  });
}
