/** Coded elements that belong together, such as the class of a document and its type: the pairs that a ConceptMap lists. */
import type { Definitions } from '../definitions/definitions.ts';
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { type Run, report } from './issues.ts';
import { echo } from './messages.ts';
import { objectsOf } from './profile-element.ts';
import type { CodePair } from './server-rules.ts';

/** The codes of one system that a code calls for. */
interface Expected {
  readonly system: string;
  readonly codes: readonly string[];
}

/**
 * The check of one pair on resources of its type: says at the target when it has a code of the map's system, but none that the source calls for. What is missing is
 * for profiles to say. Throws an Error when there is no such ConceptMap.
 */
export function compilePair(pair: CodePair, definitions: Definitions): (resource: Resource, run: Run, depth: number) => void {
  const map = definitions.conformance(pair.map);
  if (map?.resourceType !== 'ConceptMap')
    throw new Error(`The server's rules name the ConceptMap ${pair.map}, and there is none.`);
  const expected = readMap(map);
  return (resource, run, depth) => {
    const wanted = codingsOf(resource[pair.source]).flatMap((coding) => expected.get(keyOf(coding)) ?? []);
    const outer = run.layer;
    run.layer = { source: 'server', ...(pair.softened === undefined ? {} : { softened: pair.softened }) };
    for (const one of wanted) checkTarget(resource, pair, one, { run, depth });
    run.layer = outer;
  };
}

interface Place {
  readonly run: Run;
  readonly depth: number;
}

function checkTarget(resource: Resource, { source, target }: CodePair, { system, codes }: Expected, { run, depth }: Place): void {
  const found = codingsOf(resource[target]).filter((coding) => coding['system'] === system);
  const [first] = found;
  if (first === undefined || found.some(({ code }) => typeof code === 'string' && codes.includes(code))) return;
  run.names[depth] = target;
  run.indexes[depth] = -1;
  report(run, depth + 1, 'code-pair', { parameters: { element: source, value: echo(first['code']), expected: codes } });
}

function readMap(map: Resource): ReadonlyMap<string, readonly Expected[]> {
  const expected = new Map<string, Expected[]>();
  for (const { source: system, target, element } of objectsOf(map['group'])) {
    for (const { code, target: targets } of objectsOf(element)) {
      const codes = objectsOf(targets).flatMap((one) => (typeof one['code'] === 'string' ? [one['code']] : []));
      const key = keyOf({ system: system ?? '', code: code ?? '' });
      expected.set(key, [...(expected.get(key) ?? []), { system: String(target), codes }]);
    }
  }
  return expected;
}

/** Of one CodeableConcept or of several. */
export function codingsOf(value: JsonValue | undefined): readonly JsonObject[] {
  const concepts = Array.isArray(value) ? value.filter(isJsonObject) : isJsonObject(value) ? [value] : [];
  return concepts.flatMap(({ coding }) => objectsOf(coding));
}

function keyOf({ system, code }: JsonObject): string {
  return JSON.stringify([system, code]);
}
