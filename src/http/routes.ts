/** From method and path to an interaction. https://hl7.org/fhir/R4/http.html#summary */
import type { Definitions } from '../definitions/definitions.ts';
import { invalidValue, notFound, notSupported, unknownType } from '../fhir/outcome.ts';
import { idPattern } from '../fhir/reference.ts';
import { type Match, matchPath, type PathMatch } from '../interactions/table.ts';

/** What a request asks for; `refuse` throws why it gets nothing, once the caller is known. */
export type Route = { readonly match: Match } | { readonly options: readonly string[] } | { readonly refuse: () => never };

/** Finds the interaction: 404 for a path or type without meaning, 400 for an id that none can have, 405 with `Allow` for another method. */
export function findRoute(method: string, segments: readonly string[], definitions: Definitions): Route {
  const found = matchPath(method, segments);
  const { match } = found;
  if (match !== undefined && (match.type === undefined || definitions.isResourceType(match.type))) return { match };
  if (match === undefined && found.allow.length > 0 && method === 'OPTIONS') return { options: found.allow };
  return { refuse: () => refuse(found, segments, definitions) };
}

function refuse(found: PathMatch, segments: readonly string[], definitions: Definitions): never {
  const [type = '', id] = segments;
  const known = definitions.isResourceType(type);
  if (!known && /^[A-Za-z]+$/.test(type) && (found.match !== undefined || found.allow.length > 0)) {
    throw unknownType(`${type} is not a resource type of FHIR R4.${suggestion(type, definitions)}`);
  }
  if (found.allow.length > 0) {
    throw notSupported(
      `This method is not offered here; ${found.allow.join(', ')} ${found.allow.length === 1 ? 'is' : 'are'}.`,
      found.allow,
    );
  }
  if (known && id !== undefined && !idPattern.test(id) && !/^[$_]/.test(id)) {
    throw invalidValue('An id in the URL must be 1 to 64 characters of A-Z, a-z, 0-9, "-" and ".".');
  }
  throw notFound('No FHIR interaction has this path.');
}

/** Type names are case-sensitive, which is what goes wrong most. */
function suggestion(type: string, definitions: Definitions): string {
  const near = definitions.resourceTypes.find((name) => name.toLowerCase() === type.toLowerCase());
  return near === undefined ? '' : ` Did you mean ${near}?`;
}
