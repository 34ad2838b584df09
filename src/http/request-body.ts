/** A request's body: a resource in either format, a form, or the content of a Binary. */
import type { Request, Response } from 'express';
import type { Match } from '../interactions/table.ts';
import { readBinaryBody, takesContent } from './binary-content.ts';
import { contentFormat } from './negotiate.ts';
import { parseResource, type RequestBody } from './parse-body.ts';
import { parsePairs } from './paths.ts';
import { type BodyReader, readText } from './read-body.ts';
import type { XmlFormat } from './xml/xml-format.ts';

export interface BodySettings {
  readonly readBody: BodyReader;
  readonly xml: XmlFormat;
}

/**
 * Reads the body as the interaction wants it. Throws 400 for what is no FHIR in its format, 413 over the limit, 415 for a media type that is
 * not read here. A body without a media type is refused, an empty one is the interaction's to judge.
 */
export async function readRequestBody(
  request: Request,
  response: Response,
  match: Match,
  { readBody, xml }: BodySettings,
): Promise<RequestBody> {
  const { headers } = request;
  const announced = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!announced) return { form: [] };
  const large = match.row.level === 'system' || match.type === 'Binary';
  if (takesContent(match)) return readBinaryBody(request, match, await readBody(request, response, large), xml);
  const format = contentFormat(headers, match.row);
  const text = readText(await readBody(request, response, large));
  return match.row.form === true ? { form: parsePairs(text) } : parseResource(text, format, xml);
}
