/** What a ConceptMap says of a code. https://hl7.org/fhir/R4/conceptmap.html */
import type { Definitions } from '../../definitions/definitions.ts';
import { isJsonObject, type JsonObject, type Resource } from '../../fhir/types.ts';
import { objectsOf, textOf } from './concepts.ts';

export interface Code {
  readonly system: string;
  readonly code: string;
}

export interface Match {
  /** http://hl7.org/fhir/concept-map-equivalence, as seen from the code that was asked about. */
  readonly equivalence: string;
  /** A Coding; absent for a code that has no counterpart. */
  readonly concept?: JsonObject;
  /** "Another element that is the product of this mapping." */
  readonly products: readonly { readonly element: string; readonly coding: JsonObject }[];
  /** The canonical of the map. */
  readonly source?: string;
}

export interface MapOptions {
  /** From the map's targets back to its sources. */
  readonly reverse: boolean;
  /** Only into this code system. */
  readonly target?: string;
}

/** All that a map says of a code, and the maps that it leads on to, each looked at once. */
export function translateCode(code: Code, map: Resource, options: MapOptions, definitions: Definitions): readonly Match[] {
  const visited = new Set<unknown>([map]);
  const follow = (one: Resource): readonly Match[] => {
    const url = textOf(one['url']);
    const source = url === undefined ? {} : { source: url };
    return objectsOf(one['group']).flatMap((group): readonly Match[] => {
      if (!isBetween(group, code, options)) return [];
      const found = options.reverse ? backward(code, group) : forward(code, group);
      if (found.length > 0) return found.map((match) => ({ ...match, ...source }));
      return options.reverse ? [] : unmapped(code, group, next).map((match) => ({ ...source, ...match }));
    });
  };
  const next = (canonical: string): readonly Match[] => {
    const other = definitions.conformance(canonical);
    if (other?.resourceType !== 'ConceptMap' || visited.has(other)) return [];
    visited.add(other);
    return follow(other);
  };
  return follow(map);
}

function isBetween({ source, target }: JsonObject, { system }: Code, { reverse, target: wanted }: MapOptions): boolean {
  const [from, to] = reverse ? [target, source] : [source, target];
  return from === system && (wanted === undefined || to === wanted);
}

function forward({ code }: Code, { element, target: system }: JsonObject): readonly Match[] {
  const own = objectsOf(element).filter((one) => one['code'] === code);
  return own.flatMap((one): readonly Match[] => {
    const targets = objectsOf(one['target']);
    if (targets.length === 0) return [{ equivalence: 'unmatched', products: [] }];
    return targets.map((target) => ({
      equivalence: textOf(target['equivalence']) ?? 'relatedto',
      ...(typeof target['code'] === 'string' ? { concept: codingOf(system, target) } : {}),
      products: productsOf(target),
    }));
  });
}

/** Wider and narrower change places when the map is read backwards. https://hl7.org/fhir/R4/valueset-concept-map-equivalence.html */
const inverse: Readonly<Record<string, string>> = {
  wider: 'narrower',
  narrower: 'wider',
  subsumes: 'specializes',
  specializes: 'subsumes',
};

function backward({ code }: Code, { element, source: system }: JsonObject): readonly Match[] {
  return objectsOf(element).flatMap((one) =>
    objectsOf(one['target'])
      .filter((target) => target['code'] === code)
      .map((target): Match => {
        const equivalence = textOf(target['equivalence']) ?? 'relatedto';
        return { equivalence: inverse[equivalence] ?? equivalence, concept: codingOf(system, one), products: [] };
      }),
  );
}

/** "What to do when there is no match for the mappings in the group." */
function unmapped(
  { code }: Code,
  { unmapped: rule, target: system }: JsonObject,
  next: (canonical: string) => readonly Match[],
): readonly Match[] {
  const { mode, code: fixed, display, url }: JsonObject = rule !== undefined && isJsonObject(rule) ? rule : {};
  if (mode === 'provided') return [{ equivalence: 'equal', concept: codingOf(system, { code }), products: [] }];
  if (mode === 'fixed')
    return [{ equivalence: 'relatedto', concept: codingOf(system, { code: fixed ?? '', display: display ?? '' }), products: [] }];
  return mode === 'other-map' && typeof url === 'string' ? next(url) : [];
}

function codingOf(system: unknown, { code, display }: JsonObject): JsonObject {
  return {
    ...(typeof system === 'string' ? { system } : {}),
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof display === 'string' && display !== '' ? { display } : {}),
  };
}

function productsOf({ product }: JsonObject): Match['products'] {
  return objectsOf(product).map(({ property, system, value, display }) => ({
    element: String(property),
    coding: codingOf(system, { code: value ?? '', display: display ?? '' }),
  }));
}
