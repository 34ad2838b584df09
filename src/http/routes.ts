/** From method and path to an interaction. https://hl7.org/fhir/R4/http.html#summary */
import type { Capabilities } from '../definitions/capability.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { invalidValue, notFound, notSupported, unknownType } from '../fhir/outcome.ts';
import { idPattern } from '../fhir/reference.ts';
import { type Match, matchPath, type PathMatch } from '../interactions/table.ts';

/** What a request asks for; `refuse` throws why it gets nothing, once the caller is known. */
export type Route = { readonly match: Match } | { readonly options: readonly string[] } | { readonly refuse: () => never };

export interface RouteSettings {
  readonly definitions: Definitions;
  readonly capabilities: Capabilities;
}

/** Finds the interaction: 404 for a path or type without meaning, 400 for an id that none can have, 405 with `Allow` for another method. */
export function findRoute(method: string, segments: readonly string[], { definitions, capabilities }: RouteSettings): Route {
  const found = matchPath(
    method,
    segments,
    // Of an unknown type nothing is claimed, but 404 says more than 405.
    (code, type) => (type !== undefined && !definitions.isResourceType(type)) || capabilities.claims(code, type),
  );
  const { match } = found;
  const unknown = [match?.compartment, match?.type].find((name) => name !== undefined && !definitions.isResourceType(name));
  if (match !== undefined && unknown === undefined) return { match };
  const typed = /^[A-Z]/.test(segments[0] ?? '');
  const there = found.allow.length > 0 && (!typed || definitions.isResourceType(segments[0] ?? ''));
  if (match === undefined && there && method === 'OPTIONS') return { options: found.allow };
  return { refuse: () => refuse(found, segments, definitions, unknown) };
}

/** `unknown` is a name that stands in the path where a type would. */
function refuse(found: PathMatch, segments: readonly string[], definitions: Definitions, unknown: string | undefined): never {
  const [first = '', id] = segments;
  const type = unknown ?? first;
  const known = definitions.isResourceType(type);
  const hint = suggestion(type, definitions);
  if (!known && (hint !== '' || (found.allow.length > 0 && /^[A-Z]/.test(type)))) {
    throw unknownType(`${type} is not a resource type of FHIR R4.${hint}`);
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
