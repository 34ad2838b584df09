/** The concepts of a CodeSystem resource, with all it says of them. https://hl7.org/fhir/R4/codesystem.html */

import { codeSystemConcepts, type RawCodeSystem } from '../../definitions/value-set.ts';
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../../fhir/types.ts';

export interface ConceptDetails {
  readonly code: string;
  readonly display: string | undefined;
  readonly definition: string | undefined;
  readonly designations: readonly JsonObject[];
  readonly properties: readonly JsonObject[];
  /** Codes directly above it. */
  readonly parents: readonly string[];
  readonly children: readonly string[];
  /** Not to be chosen itself: it groups others. */
  readonly abstract: boolean;
  readonly inactive: boolean;
}

/** By code. */
export function readConcepts(system: Resource): ReadonlyMap<string, ConceptDetails> {
  // A CodeSystem, from the definitions or from the store.
  const { concepts } = codeSystemConcepts(system as unknown as RawCodeSystem);
  const parents = new Map<string, readonly string[]>();
  const children = new Map<string, string[]>();
  for (const [code, , positions] of concepts) {
    const above = (positions ?? []).flatMap((position) => concepts[position]?.[0] ?? []);
    parents.set(code, above);
    for (const parent of above) append(children, parent, code);
  }
  const found = new Map<string, ConceptDetails>();
  for (const concept of walk(system['concept'])) {
    const code = String(concept['code']);
    const properties = objectsOf(concept['property']);
    found.set(code, {
      code,
      display: textOf(concept['display']),
      definition: textOf(concept['definition']),
      designations: objectsOf(concept['designation']),
      properties,
      parents: parents.get(code) ?? [],
      children: children.get(code) ?? [],
      abstract: isSet(properties, 'notSelectable') || isSet(properties, 'abstract'),
      inactive:
        isSet(properties, 'inactive') || properties.some((one) => one['code'] === 'status' && one['valueCode'] === 'retired'),
    });
  }
  return found;
}

/** The display in a language, or the concept's own when there is none. */
export function displayIn(
  language: string | undefined,
  concept: ConceptDetails | undefined,
  fallback: string | undefined,
): string | undefined {
  const wanted = language?.toLowerCase();
  const designation = concept?.designations.find((one) => {
    const own = textOf(one['language'])?.toLowerCase();
    return wanted !== undefined && own !== undefined && (own === wanted || own.startsWith(`${wanted}-`));
  });
  return textOf(designation?.['value']) ?? fallback ?? concept?.display;
}

function append(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function* walk(concepts: JsonValue | undefined): Generator<JsonObject> {
  for (const concept of objectsOf(concepts)) {
    yield concept;
    yield* walk(concept['concept']);
  }
}

function isSet(properties: readonly JsonObject[], name: string): boolean {
  return properties.some(({ code, valueBoolean }) => code === name && valueBoolean === true);
}

export function objectsOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

export function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
