/** Where elements stand in a text that was sent, by their FHIRPath: `Bundle.entry[3].resource.value.ofType(Quantity)`. */

export interface Place {
  /** Both from 1, as editors count. */
  readonly line: number;
  readonly column: number;
  /** Characters of the value, when it is a single one on one line; otherwise 1. */
  readonly length: number;
}

/** Where an expression points to: the innermost of its elements that is there; undefined when the text has none of them. */
export type FindPlace = (expression: string | undefined) => Place | undefined;

/** Looks for the elements of some expressions in a text, in one pass. The text is read again, so it is for when something is to be said. */
export type FindPlaces = (expressions: readonly (string | undefined)[]) => FindPlace;

/** An element asked for, with those beneath it: names as the formats have them (`valueQuantity`), positions in a list as numbers. */
export interface Wanted {
  readonly inner: Map<string | number, Wanted>;
  /** Where it begins and ends in the text, when it has been found. */
  at?: number;
  end?: number;
}

/** The elements of some expressions, to be looked for in one pass. */
export function wantedPlaces(expressions: readonly (string | undefined)[]): Wanted {
  const root: Wanted = { inner: new Map() };
  for (const expression of expressions) {
    let wanted = root;
    for (const step of readSteps(expression ?? '')) {
      const next: Wanted = wanted.inner.get(step) ?? { inner: new Map() };
      wanted.inner.set(step, next);
      wanted = next;
    }
  }
  return root;
}

/** The element wanted by a name of the text, and whether the name is its own: `valueQuantity` is `value` too, which FHIRPath calls it. */
export function innerNamed({ inner }: Wanted, name: string): readonly [inner: Wanted | undefined, exact: boolean] {
  const own = inner.get(name);
  if (own !== undefined || name.length > nameLengthMax) return [own, true];
  for (let end = 1; end < name.length; end += 1) {
    const isUpperCase = name.charCodeAt(end) >= 65 && name.charCodeAt(end) <= 90;
    const choice = isUpperCase ? inner.get(name.slice(0, end)) : undefined;
    if (choice !== undefined) return [choice, false];
  }
  return [undefined, false];
}

/** In characters; no element of FHIR comes near it. */
const nameLengthMax = 128;

/** Gives the places, once a pass over the text has found the elements. */
export function openPlaces(text: string, root: Wanted): FindPlace {
  const lines = lineStarts(text);
  return (expression) => {
    let found = root;
    for (const step of readSteps(expression ?? '')) {
      const next = found.inner.get(step);
      if (next?.at === undefined) break;
      found = next;
    }
    return found.at === undefined ? undefined : placeAt(found.at, found.end ?? found.at + 1, lines);
  };
}

/** The first word is the type, which the formats don't repeat. */
function readSteps(expression: string): readonly (string | number)[] {
  const steps: (string | number)[] = [];
  for (const part of expression.split('.').slice(1)) {
    const type = /^ofType\(([A-Za-z]+)\)$/.exec(part)?.[1];
    const last = steps.at(-1);
    if (type !== undefined && typeof last === 'string')
      steps[steps.length - 1] = last + type.charAt(0).toUpperCase() + type.slice(1);
    else {
      const [, name, index] = /^([A-Za-z_][A-Za-z0-9_]*)(?:\[(\d+)\])?$/.exec(part) ?? [];
      if (name === undefined) break;
      steps.push(name);
      if (index !== undefined) steps.push(Number(index));
    }
  }
  return steps;
}

/** Where each line begins. */
function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function placeAt(at: number, end: number, lines: readonly number[]): Place {
  let [low, high] = [0, lines.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lines[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  const start = lines[low] ?? 0;
  const next = lines[low + 1] ?? Number.POSITIVE_INFINITY;
  return { line: low + 1, column: at - start + 1, length: Math.max(1, end <= next ? end - at : 1) };
}
