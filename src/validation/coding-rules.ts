/** What holds of every Coding and of every unit: systems, codes, displays. https://hl7.org/fhir/R4/terminologies.html */
import type { CodeSet } from '../definitions/definitions.ts';
import type { JsonObject, JsonValue } from '../fhir/types.ts';
import { isUcumUnit } from '../fhir/ucum.ts';
import { type CodeNames, enterStep, type Run, report } from './issues.ts';
import { echo } from './messages.ts';
import { isAbsolute } from './primitive-text.ts';
import { objectsOf } from './profile-element.ts';
import { flattenItems } from './walk.ts';

const ucum = 'http://unitsofmeasure.org';

/** Of a unit that claims to be UCUM's. https://hl7.org/fhir/R4/datatypes.html#quantity */
export function checkQuantity({ system, code }: JsonObject, run: Run, depth: number): void {
  if (system === ucum && typeof code === 'string') checkUnit(code, run, depth);
}

/** The table of units may lack one, so that only what no unit can look like is an error. */
function checkUnit(code: string, run: Run, depth: number): void {
  const parameters = { value: echo(code) };
  if (!isUcumUnit(code)) report(run, depth, 'ucum-form', { parameters });
  else if (!run.tools.definitions.units.isUnit(code)) report(run, depth, 'ucum-unknown', { parameters });
  else if (run.recommendations && code.includes('{')) report(run, depth, 'ucum-annotation', { parameters });
}

const valueSetUrl = /^https?:\/\/(?:hl7\.org\/fhir|terminology\.hl7\.org)\/ValueSet\//;

export function checkCoding(coding: JsonObject, run: Run, depth: number): void {
  const { system, code } = coding;
  if (typeof system !== 'string') {
    if (typeof code === 'string') report(run, depth, 'coding-system-missing');
    return;
  }
  if (!isAbsolute(system)) report(run, depth, 'coding-system-absolute');
  else if (system.includes('/ValueSet/') && valueSetUrl.test(system)) report(run, depth, 'coding-system-value-set');
  else if (system === ucum && typeof code === 'string') checkUnit(code, run, depth);
  else checkSystem(system, coding, run, depth);
}

function checkSystem(url: string, coding: JsonObject, run: Run, depth: number): void {
  const { code } = coding;
  const system = run.tools.definitions.codeSystem(url);
  if (system === undefined) {
    sayUnusable(url, run, depth);
  } else if (typeof code === 'string') {
    if (system.has(code, url)) checkDisplay(coding, code, system, run, depth);
    else if (system.complete) sayUnknownCode(url, code, run, depth);
  }
}

/** HL7's terminology goes on without R4: what is packed here may lack a code added since. */
export function sayUnknownCode(url: string, code: string, run: Run, depth: number): void {
  const severity = url.startsWith('http://terminology.hl7.org/') ? 'warning' : 'error';
  report(run, depth, 'coding-code-unknown', { severity, parameters: { value: echo(code), system: url } });
}

/** Well known, but not at hand: licensed, or a grammar. Each is written with "http:". */
const written = new Set(['loinc.org', 'snomed.info/sct', 'unitsofmeasure.org']);

/** Silence would be read as success: a system that is not at hand is named, once. */
function sayUnusable(system: string, run: Run, depth: number): void {
  if (run.said.has(system)) return;
  const { definitions } = run.tools;
  const rest = system.startsWith('https://') ? system.slice('https://'.length) : '';
  if (rest !== '' && (written.has(rest) || definitions.codeSystem(`http://${rest}`) !== undefined)) {
    report(run, depth, 'coding-system-https', { parameters: { system: `http://${rest}` } });
  } else if (definitions.conformance(system)?.['content'] === 'supplement') {
    report(run, depth, 'coding-system-supplement', { parameters: { system } });
  } else {
    run.said.add(system);
    report(run, depth, 'coding-system-unknown', { parameters: { system: system.slice(0, 200) } });
  }
}

/** "display: A representation of the meaning of the code in the system, following the rules of the system". */
function checkDisplay({ display }: JsonObject, code: string, system: CodeSet, run: Run, depth: number): void {
  const expected = system.display(code, system.url);
  if (typeof display !== 'string' || expected === undefined || isSameText(display, expected)) return;
  const { names, language: own } = knownNames(system.url, code, run);
  const { language = own } = run.environment.resource as { readonly language?: JsonValue };
  const ofLanguage = names.filter((name) => isSameLanguage(name.language, language));
  if (names.some(({ text }) => isSameText(text, display))) return;
  enterStep(run, depth, 'display');
  if (!isSameLanguage(own, language) && ofLanguage.length === 0) sayUnchecked(system.url, run, depth + 1);
  else report(run, depth + 1, 'coding-display', { parameters: { system: system.url, expected: `"${expected}"` } });
}

function sayUnchecked(system: string, run: Run, depth: number): void {
  const key = `display ${system}`;
  if (run.said.has(key)) return;
  run.said.add(key);
  report(run, depth, 'coding-display-not-checked', { parameters: { system } });
}

const namesKept = 2000;

function knownNames(url: string, code: string, run: Run): CodeNames {
  const { codeNames } = run.tools;
  const key = `${code} ${url}`;
  const names = codeNames.get(key) ?? namesOf(url, code, run);
  if (codeNames.size >= namesKept) codeNames.clear();
  codeNames.set(key, names);
  return names;
}

/** The designations of a code, and the language of its system. Read only when a display is not the plain one. */
function namesOf(url: string, code: string, { tools }: Run): CodeNames {
  const system = tools.definitions.conformance(url);
  const language = system?.['language'] ?? 'en';
  const concepts = flattenItems(objectsOf(system?.['concept']), ({ concept }) => objectsOf(concept));
  const concept = concepts.find((one) => one['code'] === code);
  const names = objectsOf(concept?.['designation']).flatMap((one) =>
    typeof one['value'] === 'string' ? [{ text: one['value'], language: one['language'] ?? language }] : [],
  );
  return { names, language };
}

function isSameLanguage(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  const base = (tag: JsonValue | undefined): string => String(tag).split('-')[0]?.toLowerCase() ?? '';
  return base(left) === base(right);
}

/** Case and white space aside. */
function isSameText(left: string, right: string): boolean {
  return left === right || plain(left) === plain(right);
}

function plain(text: string): string {
  return text.trim().replace(/\s+/g, ' ').toLowerCase();
}
