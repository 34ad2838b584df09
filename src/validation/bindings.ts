/** Whether codes come from the value sets that elements are bound to. https://hl7.org/fhir/R4/terminologies.html#strength */
import type { Binding, CodeSet, Definitions } from '../definitions/definitions.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import { isUcumUnit } from '../fhir/ucum.ts';
import { isLanguageTag, isMimeType } from './code-syntax.ts';
import { elementName, type Rule, type Run, report } from './issues.ts';
import { echo, type MessageId } from './messages.ts';

interface OpenSet {
  readonly test: (code: string, definitions: Definitions) => boolean;
  readonly message: MessageId;
}

/** Sets that no list can hold: their codes are checked by form, or by what they measure ("canonical = a": whatever years convert to). */
const openSets: Readonly<Record<string, OpenSet>> = {
  'http://hl7.org/fhir/ValueSet/mimetypes': { test: isMimeType, message: 'mime-type-form' },
  'http://hl7.org/fhir/ValueSet/all-languages': { test: isLanguageTag, message: 'language-form' },
  'http://hl7.org/fhir/ValueSet/ucum-units': { test: isUcumUnit, message: 'ucum-form' },
  'http://hl7.org/fhir/ValueSet/all-time-units': { test: isUnitLike('a'), message: 'code-outside-maximum' },
  'http://hl7.org/fhir/ValueSet/all-distance-units': { test: isUnitLike('m'), message: 'code-outside-maximum' },
};

/** Whether a unit measures what another does. What the table of units does not have is judged by the rules on units. */
function isUnitLike(other: string): OpenSet['test'] {
  return (code, { units }) => {
    const { unit } = units.canonical(code) ?? {};
    return unit === undefined || unit === units.canonical(other)?.unit;
  };
}

const codesListed = 16;

interface BoundCode {
  readonly code: string;
  /** Undefined for a plain code, whose system is the set's; null for a coding that has none. */
  readonly system: string | undefined | null;
}

/** The rule that a binding makes for an element of one type; undefined when it asks for nothing that can be told. */
export function bindingRule(binding: Binding, typeCode: string, definitions: Definitions): Rule | undefined {
  const rules = [strengthRule(binding, typeCode, definitions), maximumRule(binding, typeCode, definitions)].filter(
    (rule) => rule !== undefined,
  );
  const [first, second] = rules;
  if (first === undefined || second === undefined) return first;
  return (value, run, depth) => {
    first(value, run, depth);
    second(value, run, depth);
  };
}

function strengthRule(binding: Binding, typeCode: string, definitions: Definitions): Rule | undefined {
  if (binding.strength === 'example') return undefined;
  const open = openSets[binding.valueSet];
  if (open !== undefined)
    return binding.strength === 'required' ? openRule(open, binding.valueSet, typeCode, definitions) : undefined;
  const set = definitions.valueSet(binding.valueSet);
  if (set === undefined || !set.complete)
    return binding.strength === 'preferred' ? undefined : uncheckedRule(binding.valueSet, set, typeCode);
  if (binding.strength === 'required') return requiredRule(set, typeCode);
  return softRule(set, typeCode, binding.strength === 'extensible' ? 'code-extensible' : 'code-preferred');
}

/** "The codes for this element SHALL be from the maximum value set, no matter the strength". */
function maximumRule({ maxValueSet, valueSet, strength }: Binding, typeCode: string, definitions: Definitions): Rule | undefined {
  if (maxValueSet === undefined || (maxValueSet === valueSet && strength === 'required')) return undefined;
  const open = openSets[maxValueSet];
  if (open !== undefined) return openRule(open, maxValueSet, typeCode, definitions);
  const set = definitions.valueSet(maxValueSet);
  if (set === undefined || !set.complete) return uncheckedRule(maxValueSet, set, typeCode);
  return softRule(set, typeCode, 'code-outside-maximum');
}

function requiredRule(set: CodeSet, typeCode: string): Rule {
  return (value, run, depth) => {
    if (isInSet(set, value, typeCode)) return;
    const codes = codesOf(value, typeCode);
    if (codes === undefined) return;
    const [first] = codes;
    const parameters = { element: elementName(run, depth), valueSet: set.url, value: echo(first?.code), codes: shortList(set) };
    if (first === undefined) report(run, depth, 'code-missing', { parameters });
    else if (typeCode === 'CodeableConcept') report(run, depth, 'coding-not-in-set', { parameters });
    else report(run, depth, parameters.codes.length > 0 ? 'code-not-allowed' : 'code-not-in-set', { parameters });
  };
}

/** Bindings that a code outside the set does not break: nothing is said when there is no code. */
function softRule(set: CodeSet, typeCode: string, message: MessageId): Rule {
  return (value, run, depth) => {
    if (isInSet(set, value, typeCode)) return;
    const [first] = codesOf(value, typeCode) ?? [];
    if (first === undefined) return;
    report(run, depth, message, { parameters: { element: elementName(run, depth), valueSet: set.url, value: echo(first.code) } });
  };
}

function openRule({ test, message }: OpenSet, valueSet: string, typeCode: string, definitions: Definitions): Rule {
  return (value, run, depth) => {
    const wrong = codesOf(value, typeCode)?.find(({ code }) => !test(code, definitions));
    if (wrong === undefined) return;
    report(run, depth, message, { parameters: { value: echo(wrong.code), element: elementName(run, depth), valueSet } });
  };
}

/** Silence would be read as success: what can't be checked is said, once per binding. */
function uncheckedRule(valueSet: string, set: CodeSet | undefined, typeCode: string): Rule {
  return (value, run, depth) => {
    if (set !== undefined && isInSet(set, value, typeCode)) return;
    const codes = codesOf(value, typeCode);
    if (codes !== undefined && codes.length > 0) sayOnce(run, depth, valueSet);
  };
}

function sayOnce(run: Run, depth: number, valueSet: string): void {
  const element = elementName(run, depth);
  const key = `${element} ${valueSet}`;
  if (run.said.has(key)) return;
  run.said.add(key);
  report(run, depth, 'binding-not-checked', { parameters: { element, valueSet } });
}

function shortList(set: CodeSet): readonly string[] {
  const codes: string[] = [];
  for (const { code } of set.codes()) {
    if (codes.length === codesListed) return [];
    codes.push(code);
  }
  return codes;
}

/** The codes that a value of a bound type has; undefined when the binding does not speak of it, such as a quantity without unit code. */
function codesOf(value: unknown, typeCode: string): readonly BoundCode[] | undefined {
  if (typeof value === 'string') return [{ code: value, system: undefined }];
  if (value === undefined) return [];
  if (!isJsonObject(value)) return undefined;
  if (typeCode === 'CodeableConcept') {
    const { coding } = value as { readonly coding?: JsonValue };
    return Array.isArray(coding) ? coding.filter(isJsonObject).flatMap(codeOf) : [];
  }
  const codes = codeOf(value);
  return typeCode === 'Coding' || codes.length > 0 ? codes : undefined;
}

function codeOf({ code, system }: JsonObject): readonly BoundCode[] {
  if (typeof code !== 'string') return [];
  return [{ code, system: typeof system === 'string' ? system : null }];
}

/** Whether a value of a bound type has a code of a set. */
export function isInSet(set: CodeSet, value: unknown, typeCode: string): boolean {
  if (typeof value === 'string') return set.has(value);
  if (!isJsonObject(value)) return false;
  if (typeCode !== 'CodeableConcept') return isCodingIn(set, value);
  const { coding } = value as { readonly coding?: JsonValue };
  return Array.isArray(coding) && coding.some((one: JsonValue) => isJsonObject(one) && isCodingIn(set, one));
}

function isCodingIn(set: CodeSet, { code, system }: JsonObject): boolean {
  return typeof code === 'string' && typeof system === 'string' && set.has(code, system);
}
