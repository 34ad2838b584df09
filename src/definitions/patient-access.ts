/**
 * What a `patient/` scope reaches of each resource type: `conformance/compartments/patient-access.json`, read and checked. It narrows R4's
 * patient compartment to its subject parameters: https://hl7.org/fhir/R4/compartmentdefinition-patient.html, decisions/0003-patient-access.md
 */
import { fileURLToPath } from 'node:url';
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import type { Definitions } from './definitions.ts';
import { readJsonFile } from './package-files.ts';

export interface PatientAccessRule {
  /**
   * `self`: the Patient resource whose id is the patient's. `subject`: resources that name the patient in one of the parameters.
   * `subject-or-none`: those, and those that name nobody. `linked`: those whose `context` is the patient's, and those that a resource of the
   * patient's links to. `shared`: all of the type. `none`: nothing.
   */
  readonly reach: 'self' | 'subject' | 'subject-or-none' | 'linked' | 'shared' | 'none';
  /** The reference parameters that name the subject; empty unless the reach is `subject` or `subject-or-none`. */
  readonly parameters: readonly string[];
  /** Types that the parameters may name without making them subjects: an appointment's Practitioner. */
  readonly besides: readonly string[];
  /** Of what is `linked`: the FHIRPath of the reference to the resource that stands for it where access is decided. */
  readonly context?: string;
  /** Of what is `linked`: by the type that links to it, the FHIRPath of the URLs. Empty for every other reach. */
  readonly links: Readonly<Record<string, string>>;
  /** Whether a `patient/` scope may also create, change and delete. */
  readonly write: boolean;
}

export interface PatientAccess {
  /** The rule of a resource type; `reach: 'none'` for a name that is no resource type. */
  rule(type: string): PatientAccessRule;
  /** The types that name the patient they are about. */
  readonly subjectTypes: readonly string[];
  /** The types that are reached by being linked to. */
  readonly linkedTypes: readonly string[];
}

const nothing: PatientAccessRule = { reach: 'none', parameters: [], besides: [], links: {}, write: false };
const reaches: readonly PatientAccessRule['reach'][] = ['self', 'subject', 'subject-or-none', 'linked', 'shared', 'none'];

/**
 * Reads the rules. Throws an Error whose sentence names the file when a type is missing, unknown or listed twice, or when a parameter is no
 * reference parameter of its type: access control never rests on a guess.
 */
export function patientAccess(
  definitions: Definitions,
  file: string = fileURLToPath(import.meta.resolve('#conformance/compartments/patient-access.json')),
): PatientAccess {
  const rules = new Map<string, PatientAccessRule>();
  for (const [position, group] of readGroups(file).entries()) {
    const at = `${file}, groups[${position}]`;
    const rule = readRule(group, at);
    for (const type of readTexts(group, 'types', at)) {
      if (rules.has(type)) throw new Error(`${at}: ${type} stands in two groups.`);
      checkType(type, rule, definitions, at);
      rules.set(type, rule);
    }
  }
  const missing = definitions.resourceTypes.filter((type) => !rules.has(type));
  if (missing.length > 0) throw new Error(`${file} has no rule for ${missing.join(', ')}.`);
  const typesOf = (...wanted: readonly PatientAccessRule['reach'][]) =>
    [...rules].flatMap(([type, { reach }]) => (wanted.includes(reach) ? [type] : [])).sort();
  for (const type of typesOf('linked')) checkLinks(type, rules, file);
  return {
    rule: (type) => rules.get(type) ?? nothing,
    subjectTypes: typesOf('subject', 'subject-or-none'),
    linkedTypes: typesOf('linked'),
  };
}

/** What opens a Binary must say whose it is. */
function checkLinks(type: string, rules: ReadonlyMap<string, PatientAccessRule>, file: string): void {
  const wrong = Object.keys(rules.get(type)?.links ?? {}).find((source) => rules.get(source)?.reach !== 'subject');
  if (wrong !== undefined) throw new Error(`${file}: ${type} is linked to by ${wrong}, which is not reached by its subject.`);
}

function readGroups(file: string): readonly JsonObject[] {
  const value = readJsonFile(file);
  const groups = isJsonObject(value) ? value['groups'] : undefined;
  if (!Array.isArray(groups) || !groups.every(isJsonObject)) throw new Error(`${file} must hold an object with a list "groups".`);
  return groups;
}

function readRule(group: JsonObject, at: string): PatientAccessRule {
  const reach = reaches.find((known) => known === group['reach']);
  if (reach === undefined) throw new Error(`${at}: "reach" must be one of ${reaches.join(', ')}.`);
  const write = group['write'];
  if (typeof write !== 'boolean') throw new Error(`${at}: "write" must be true or false.`);
  const parameters = readTexts(group, 'parameters', at);
  const named = reach === 'subject' || reach === 'subject-or-none';
  if (named !== parameters.length > 0)
    throw new Error(`${at}: "parameters" belong to the reaches subject and subject-or-none, and only there.`);
  if (write && reach !== 'subject' && reach !== 'linked')
    throw new Error(`${at}: only types with a subject or a context may be written.`);
  const { context } = group;
  if ((reach === 'linked') !== (typeof context === 'string'))
    throw new Error(`${at}: "context" belongs to the reach linked, and only there.`);
  const links = readLinks(group, at);
  if (reach !== 'linked' && Object.keys(links).length > 0) throw new Error(`${at}: "links" belong to the reach linked alone.`);
  const rule = { reach, parameters, besides: readTexts(group, 'besides', at), links, write };
  return typeof context === 'string' ? { ...rule, context } : rule;
}

function readLinks(group: JsonObject, at: string): Readonly<Record<string, string>> {
  const links = group['links'] ?? {};
  if (!isJsonObject(links) || !Object.values(links).every((expression) => typeof expression === 'string'))
    throw new Error(`${at}: "links" must be an object of FHIRPath expressions by type.`);
  return links as Readonly<Record<string, string>>; // Just seen.
}

function readTexts(group: JsonObject, name: string, at: string): readonly string[] {
  const list = group[name] ?? [];
  if (!Array.isArray(list) || !list.every((item: JsonValue) => typeof item === 'string'))
    throw new Error(`${at}: "${name}" must be a list of texts.`);
  return list;
}

function checkType(type: string, { parameters, besides }: PatientAccessRule, definitions: Definitions, at: string): void {
  const unknown = [type, ...besides].find((name) => !definitions.isResourceType(name));
  if (unknown !== undefined) throw new Error(`${at}: ${unknown} is no resource type of R4.`);
  for (const code of parameters) {
    const parameter = definitions.searchParameter(type, code);
    if (parameter?.type !== 'reference') throw new Error(`${at}: ${type} has no reference search parameter "${code}".`);
  }
}
