/** Observations grouped by their code, as https://hl7.org/fhir/R4/observation-operation-lastn.html defines the groups. */
import { isJsonObject, type JsonValue } from '../fhir/types.ts';

export interface CodeGroups {
  /** Puts a CodeableConcept in its group, joining groups that it shows to be one; gives a number for `find`. */
  add(code: JsonValue | undefined): number;
  /** The number of the group that an earlier number stands for, once all are added. */
  find(number: number): number;
}

/**
 * "Codes SHALL be considered equivalent if the coding.value and coding.system are the same. Text only codes SHALL be treated and grouped based
 * on the text. For codes with translations (multiple codings), the code translations are assumed to be equal and the grouping by code SHALL
 * follow the transitive property of equality."
 */
export function openCodeGroups(): CodeGroups {
  const parents: number[] = [];
  const byName = new Map<string, number>();
  const find = (number: number): number => {
    let root = number;
    for (let parent = parents[root] ?? root; parent !== root; parent = parents[root] ?? root) root = parent;
    parents[number] = root;
    return root;
  };
  return {
    find,
    add(code) {
      const number = parents.push(parents.length) - 1;
      for (const name of namesOf(code)) {
        const known = byName.get(name);
        if (known === undefined) byName.set(name, number);
        // The later joins the earlier.
        else parents[find(number)] = find(known);
      }
      return number;
    },
  };
}

/** What makes a code the same as another: each of its codings, or without any its text. */
function namesOf(code: JsonValue | undefined): readonly string[] {
  if (!isJsonObject(code)) return ['none'];
  const codings = Array.isArray(code['coding']) ? code['coding'].filter(isJsonObject) : [];
  const coded = codings.flatMap(({ system = '', code: symbol }) =>
    symbol === undefined ? [] : [JSON.stringify(['coding', system, symbol])],
  );
  return coded.length > 0 ? coded : [JSON.stringify(['text', code['text'] ?? ''])];
}
