/** What generated functions call when something is not plain: the parts of the check that need no speed or no type of their own. */
import { digits, digitsOf } from '../fhir/json.ts';
import { limits } from '../fhir/limits.ts';
import { type Closed, jsonName, type Requirement } from './generate.ts';
import { elementName, type Run, report } from './issues.ts';
import { kindOf, type MessageId, type Parameters } from './messages.ts';

/** Deeper than any JSON that is let in: for values that did not come through `fhir/json.ts`. */
const depthMax = limits.jsonDepthMax + 2;

export function objectExpected(value: unknown, run: Run, depth: number): false {
  const element = elementName(run, depth);
  const repeats = (run.indexes[depth - 1] ?? -1) >= 0;
  if (value === null) report(run, depth, repeats ? 'null-item' : 'null-value', { parameters: { element } });
  else if (Array.isArray(value) && !repeats) report(run, depth, 'single-expected', { parameters: { element } });
  else report(run, depth, 'object-expected', { parameters: { element, found: kindOf(value) } });
  return false;
}

export function tooDeep(run: Run, depth: number): boolean {
  if (depth <= depthMax) return false;
  report(run, depth, 'depth-exceeded', { parameters: { max: depthMax } });
  return true;
}

export function contentMissing(object: object, run: Run, depth: number): void {
  report(run, depth, 'id' in object ? 'id-only' : 'object-empty', { parameters: { element: elementName(run, depth) } });
}

export function requiredMissing(bits: number, requirements: readonly Requirement[], type: string, run: Run, depth: number): void {
  for (const { bit, element } of requirements) {
    if ((bits & bit) !== 0) continue;
    const types = element.types.map(({ code }) => code);
    const id: MessageId = element.choice ? 'element-missing-choice' : 'element-missing';
    report(run, depth, id, { parameters: { type, element: element.choice ? `${element.name}[x]` : element.name, types } });
  }
}

export function choiceTwice(element: string, first: string, second: string, run: Run, depth: number): void {
  const names = [first, second].map((name) => name.replace(/^_/, ''));
  report(run, depth, 'choice-twice', { parameters: { element: `${element}[x]`, first: names[0] ?? '', second: names[1] ?? '' } });
}

export function unknownProperty(name: string, closed: Closed, run: Run, depth: number): void {
  if (run.full) return;
  const [id, parameters] = describeUnknown(name, closed);
  report(run, depth, id, { parameters: { ...parameters, type: closed.type } });
}

function describeUnknown(name: string, { elements }: Closed): readonly [MessageId, Parameters] {
  if (!/^_?[A-Za-z][\w-]{0,63}$/.test(name)) return ['property-unnamed', {}];
  const choice = elements.find(
    (element) => element.choice && name.startsWith(element.name) && /^[A-Z]/.test(name.slice(element.name.length)),
  );
  if (choice !== undefined)
    return ['choice-type', { name, element: `${choice.name}[x]`, types: choice.types.map(({ code }) => code) }];
  const names = elements.flatMap((element) => element.types.map(({ code }) => jsonName(element, code)));
  const similar = similarName(name, names);
  return similar === undefined ? ['property-unknown', { name }] : ['property-unknown-similar', { name, similar }];
}

/** The name that differs in case only, or by one letter added, left out or changed. */
function similarName(name: string, names: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  return names.find((known) => known.toLowerCase() === lower) ?? names.find((known) => isOneEditAway(lower, known.toLowerCase()));
}

function isOneEditAway(left: string, right: string): boolean {
  if (Math.abs(left.length - right.length) > 1 || left.length < 4) return false;
  let at = 0;
  while (at < left.length && left[at] === right[at]) at += 1;
  if (left.length === right.length) return left.slice(at + 1) === right.slice(at + 1);
  return left.length > right.length ? left.slice(at + 1) === right.slice(at) : left.slice(at) === right.slice(at + 1);
}

/** True when the value of the repeating element at the path's end is an array with items to look at. */
export function list(value: unknown, max: number, run: Run, depth: number): value is readonly unknown[] {
  const element = elementName(run, depth);
  if (!Array.isArray(value)) {
    report(run, depth, value === null ? 'null-value' : 'array-expected', { parameters: { element } });
    return false;
  }
  if (value.length === 0) report(run, depth, 'array-empty', { parameters: { element } });
  if (value.length > max) report(run, depth, 'too-many', { parameters: { element, max, count: value.length } });
  return value.length > 0;
}

/** The same for the siblings of repeating primitives, which stand item by item beside the values. */
export function aligned(siblings: unknown, values: unknown, run: Run, depth: number): boolean {
  if (!list(siblings, Number.POSITIVE_INFINITY, run, depth)) return false;
  if (Array.isArray(values) && values.length !== siblings.length) {
    report(run, depth, 'sibling-length', {
      parameters: { element: elementName(run, depth), left: values.length, right: siblings.length },
    });
  }
  return true;
}

/** Whether an array has something at a place, so that null may stand at the same place of its sibling. */
export function isFilled(values: unknown, index: number): boolean {
  return Array.isArray(values) && values[index] !== null && values[index] !== undefined;
}

export { digits };

const digitsMax = 18;

/** Of a number whose text is kept: an integer is written without point and exponent, a decimal is read exactly to 18 digits by everyone. */
export function checkDigits(object: object, name: string, type: string, run: Run, depth: number): void {
  const literal = digitsOf(object)?.[name];
  if (literal === undefined) return;
  const parameters = { element: elementName(run, depth) };
  if (type !== 'decimal') {
    // What is no whole number has been said already.
    if (/[.eE]/.test(literal) && Number.isInteger(Number(literal))) report(run, depth, 'integer-form', { parameters });
    return;
  }
  const [mantissa = ''] = literal.split(/[eE]/);
  if (mantissa.replace(/[-.]/g, '').replace(/^0+/, '').length > digitsMax) report(run, depth, 'decimal-digits', { parameters });
}
