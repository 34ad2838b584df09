/** A resource as a line of an export. https://hl7.org/fhir/uv/bulkdata/STU2/export.html#attachments */
import { formatJson, parseJson } from '../../fhir/json.ts';
import { parseReference } from '../../fhir/reference.ts';
import type { Resource } from '../../fhir/types.ts';
import type { ServerContext } from '../../interactions/context.ts';
import { openLinkMapper } from '../../interactions/map-links.ts';
import { openProjections, type Projection } from '../../search/projection.ts';
import type { ExportRequest } from './request.ts';

/** Makes lines of stored texts. */
export function openLines(
  { elements }: ExportRequest,
  { definitions, baseUrl }: ServerContext,
): (type: string, text: string) => string {
  const mapLinks = openLinkMapper(definitions);
  const projections = new Map<string, Projection | undefined>();
  const projectionOf = (type: string): Projection | undefined => {
    if (projections.has(type)) return projections.get(type);
    const listed = [...(elements['*'] ?? []), ...(elements[type] ?? [])];
    const { match } = openProjections({ summary: 'false', elements: listed }, definitions);
    projections.set(type, match);
    return match;
  };
  return (type, text) => {
    const shown = projectionOf(type)?.(text) ?? text;
    // "The url element SHALL be an absolute url that can be de-referenced to the attachment's content": of stored addresses only a Binary's is not.
    const absolute = shown.includes('"Binary/')
      ? formatJson(
          mapLinks(parseJson(shown) as Resource, type, (link) => {
            const parsed = link.kind === 'reference' ? undefined : parseReference(link.text, baseUrl);
            return parsed?.kind === 'local' && parsed.type === 'Binary' ? `${baseUrl}/Binary/${parsed.id}` : link.text;
          }),
        )
      : shown;
    // Stored text has no line feed between its members, and inside a string none can stand.
    return absolute;
  };
}
