/** FhirResponse to HTTP. https://hl7.org/fhir/R4/http.html#Http-Headers */
import type { Request, Response } from 'express';
import { formatJson } from '../fhir/json.ts';
import { formatVersionTag } from '../fhir/version-tag.ts';
import type { FhirResponse } from '../interactions/context.ts';
import { fhirJson } from './negotiate.ts';
import { sendContent } from './send-content.ts';

/** Sends an interaction's answer. `baseUrl` makes its Location absolute. */
export async function sendResponse(request: Request, response: Response, answer: FhirResponse, baseUrl: string): Promise<void> {
  const { status, versionId, lastUpdated, location, content } = answer;
  const headers: Record<string, string> = { ...answer.headers };
  if (versionId !== undefined) headers['ETag'] = formatVersionTag(versionId);
  if (lastUpdated !== undefined) headers['Last-Modified'] = new Date(lastUpdated).toUTCString();
  if (location !== undefined) headers['Location'] = `${baseUrl}/${location}`;
  if (content !== undefined) return sendContent(request, response, { status, headers, content });
  const text = answer.text ?? (answer.resource === undefined ? undefined : formatJson(answer.resource));
  sendText(request, response, { status, headers, ...(text === undefined ? {} : { text, type: fhirJson }) });
}

export interface Message {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text?: string;
  /** The media type of the text. */
  readonly type?: string;
}

/** Sends a message that no cache may keep, since who asks decides what it holds. HEAD gets the headers alone. */
export function sendText(request: Request, response: Response, message: Message): void {
  const { status, headers, text, type } = message;
  response.setHeader('Cache-Control', 'no-store');
  response.vary('Authorization, Accept, Prefer');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.statusCode = status;
  if (text === undefined) {
    if (status !== 204 && status !== 304) response.setHeader('Content-Length', '0');
    response.end();
    return;
  }
  const body = Buffer.from(text, 'utf8');
  response.setHeader('Content-Type', type ?? fhirJson);
  response.setHeader('Content-Length', String(body.length));
  if (request.method === 'HEAD') response.end();
  else response.end(body);
}
