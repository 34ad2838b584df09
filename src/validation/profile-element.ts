/** One ElementDefinition of a profile, laid upon what the profiles before it said. https://hl7.org/fhir/R4/elementdefinition.html */

import type { Binding, Constraint } from '../definitions/definitions.ts';
import { expressionRepair } from '../definitions/repairs.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import type { Discriminator, ProfileNode, ProfileType, Slicing } from './profile-node.ts';

type Said = Partial<Omit<ProfileNode, 'id' | 'name' | 'sliceName' | 'slices' | 'children'>>;

/** What the element says, beside what `before` says already. Throws an Error that names the element for what is not supported. */
export function readConstraint(raw: JsonObject, before: ProfileNode, url: string): Said {
  const at = `${before.id} in the profile ${url}`;
  return withoutUndefined({
    min: typeof raw['min'] === 'number' ? Math.max(raw['min'], before.min ?? 0) : undefined,
    max: typeof raw['max'] === 'string' ? readMax(raw['max'], at) : undefined,
    types: readTypes(raw['type']),
    fixed: memberWith(raw, 'fixed'),
    pattern: memberWith(raw, 'pattern'),
    binding: readBinding(raw['binding']),
    constraints: readConstraints(raw['constraint'], before.constraints, { at, url }),
    minLength: numberOf(extensionValues(raw, `${core}minLength`)[0]),
    maxLength: numberOf(raw['maxLength']),
    minValue: memberWith(raw, 'minValue'),
    maxValue: memberWith(raw, 'maxValue'),
    mustSupport: raw['mustSupport'] === true ? true : undefined,
    mustHaveValue: extensionValues(raw, `${fromR5}mustHaveValue`)[0] === true ? true : undefined,
    valueAlternatives: someTexts(extensionValues(raw, `${fromR5}valueAlternatives`)),
    narrativeLanguages: someTexts(extensionValues(raw, `${core}narrative-language-control`)),
    slicing: readSlicing(raw['slicing'], before.slicing, at),
  });
}

const core = 'http://hl7.org/fhir/StructureDefinition/';
/** What R5 added to ElementDefinition: http://hl7.org/fhir/versions.html#extensions */
const fromR5 = 'http://hl7.org/fhir/5.0/StructureDefinition/extension-ElementDefinition.';

const none: readonly never[] = [];

/** The values of an object's extensions of one url. */
function extensionValues({ extension }: JsonObject, url: string): readonly JsonValue[] {
  if (extension === undefined) return none;
  return objectsOf(extension).flatMap((one) => (one['url'] === url ? (memberWith(one, 'value') ?? []) : []));
}

function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function someTexts(values: readonly JsonValue[]): readonly string[] | undefined {
  const texts = values.filter((value) => typeof value === 'string');
  return texts.length > 0 ? texts : undefined;
}

/** Leaves out what is not said, so that what profiles before said stays. */
function withoutUndefined(said: { readonly [Key in keyof Said]: Said[Key] | undefined }): Said {
  const kept: Record<string, unknown> = {};
  for (const name in said) {
    const value = said[name as keyof Said]; // Just listed.
    if (value !== undefined) kept[name] = value;
  }
  return kept as Said; // The same members, fewer.
}

function readMax(max: string, at: string): number {
  if (max === '*') return Number.POSITIVE_INFINITY;
  const value = /^\d{1,9}$/.test(max) ? Number(max) : Number.NaN;
  if (Number.isNaN(value)) throw new Error(`The max of ${at} is neither a number nor *.`);
  return value;
}

function readTypes(raw: JsonValue | undefined): readonly ProfileType[] | undefined {
  const types = objectsOf(raw).flatMap((type): readonly ProfileType[] => {
    const code = type['code'];
    // `http://hl7.org/fhirpath/System.String` stands for ids and urls: their types can't be narrowed.
    if (typeof code !== 'string' || code.startsWith('http://hl7.org/fhirpath/')) return [];
    const [profiles, targetProfiles, aggregation] = ['profile', 'targetProfile', 'aggregation'].map((name) =>
      textsOf(type[name]),
    );
    const element = profiles?.[0] === undefined ? undefined : profileElement(type, profiles[0]);
    if (element !== undefined) return [{ code, element }];
    return [
      {
        code,
        ...(profiles === undefined ? {} : { profiles }),
        ...(targetProfiles === undefined ? {} : { targetProfiles }),
        ...(aggregation === undefined ? {} : { aggregation }),
      },
    ];
  });
  return types.length > 0 ? types : undefined;
}

/** Of a type's only profile: the element of it that is meant. */
function profileElement({ _profile: besides }: JsonObject, profile: string): ProfileType['element'] {
  const [beside] = objectsOf(besides);
  const [id] = beside === undefined ? [] : extensionValues(beside, `${core}elementdefinition-profile-element`);
  return typeof id === 'string' ? { profile, id } : undefined;
}

/** R4's vital signs require these units also of components that are no vital signs, such as an oxygen flow; R5 took that back. */
const overStrict = 'http://hl7.org/fhir/ValueSet/ucum-vitals-common';

function readBinding(raw: JsonValue | undefined): Binding | undefined {
  if (!isJsonObject(raw)) return undefined;
  const { strength, valueSet } = raw;
  if (typeof valueSet !== 'string' || typeof strength !== 'string') return undefined;
  const [maxValueSet] = extensionValues(raw, `${core}elementdefinition-maxValueSet`);
  return {
    strength: unversioned(valueSet) === overStrict ? 'extensible' : (strength as Binding['strength']), // A code of the required value set; an unknown one counts as example.
    valueSet: unversioned(valueSet),
    ...(typeof maxValueSet === 'string' ? { maxValueSet: unversioned(maxValueSet) } : {}),
  };
}

function unversioned(canonical: string): string {
  return canonical.replace(/\|.*$/, '');
}

function readConstraints(
  raw: JsonValue | undefined,
  before: readonly Constraint[],
  { at, url }: { readonly at: string; readonly url: string },
): readonly Constraint[] {
  const own = objectsOf(raw).map((constraint): Constraint => {
    const { key, human, expression, source } = constraint;
    if (typeof key !== 'string' || typeof expression !== 'string')
      throw new Error(`A constraint of ${at} has no key or no expression.`);
    const translations = readTranslations(constraint['_human']);
    return {
      key,
      severity: readSeverity(constraint),
      human: typeof human === 'string' ? human : key,
      ...(translations === undefined ? {} : { translations }),
      expression: expressionRepair(key, expression)?.expression ?? expression,
      source: typeof source === 'string' ? source : url,
      ...(isBestPractice(constraint) ? { bestPractice: true } : {}),
    };
  });
  const keys = new Set(own.map(({ key }) => key));
  return [...before.filter(({ key }) => !keys.has(key)), ...own];
}

/** FHIR has errors and warnings; our package marks the rule that is neither (its StructureDefinition `rule-severity`). */
const severityUrl = 'https://fascicolo.example/fhir/StructureDefinition/rule-severity';

function readSeverity({ severity, extension }: JsonObject): Constraint['severity'] {
  const marked = objectsOf(extension).some(({ url, valueCode }) => url === severityUrl && valueCode === 'information');
  if (severity !== 'warning') return 'error';
  return marked ? 'information' : 'warning';
}

function isBestPractice(constraint: JsonObject): boolean {
  return extensionValues(constraint, `${core}elementdefinition-bestpractice`).includes(true);
}

const translationUrl = 'http://hl7.org/fhir/StructureDefinition/translation';

/** A text's translations, from the extensions beside it. */
function readTranslations(sibling: JsonValue | undefined): Readonly<Record<string, string>> | undefined {
  const translations = objectsOf(isJsonObject(sibling) ? sibling['extension'] : undefined).filter(
    ({ url }) => url === translationUrl,
  );
  const texts = translations.flatMap(({ extension }): [string, string][] => {
    const parts = objectsOf(extension);
    const language = parts.find(({ url }) => url === 'lang')?.['valueCode'];
    const content = parts.find(({ url }) => url === 'content')?.['valueString'];
    return typeof language === 'string' && typeof content === 'string' ? [[language, content]] : [];
  });
  return texts.length > 0 ? Object.fromEntries(texts) : undefined;
}

const discriminatorTypes: ReadonlySet<string> = new Set<Discriminator['type']>(['value', 'pattern', 'exists', 'type', 'profile']);

function readSlicing(raw: JsonValue | undefined, before: Slicing | undefined, at: string): Slicing | undefined {
  if (!isJsonObject(raw)) return undefined;
  const discriminators = objectsOf(raw['discriminator']).map(({ type, path }): Discriminator => {
    if (typeof type !== 'string' || !discriminatorTypes.has(type) || typeof path !== 'string') {
      throw new Error(`The slicing of ${at} has a discriminator that is not understood: ${String(type)} ${String(path)}.`);
    }
    return { type: type as Discriminator['type'], path }; // Just looked up.
  });
  const rules = raw['rules'] === 'closed' || raw['rules'] === 'openAtEnd' ? raw['rules'] : 'open';
  return {
    discriminators: discriminators.length > 0 ? discriminators : (before?.discriminators ?? []),
    rules,
    ordered: raw['ordered'] === true,
  };
}

/** The value of `fixed[x]`, `pattern[x]`, `minValue[x]`, whatever its type. */
function memberWith(raw: JsonObject, prefix: string): JsonValue | undefined {
  const name = Object.keys(raw).find((key) => key.startsWith(prefix) && /^[A-Z]/.test(key.slice(prefix.length)));
  return name === undefined ? undefined : raw[name];
}

export function objectsOf(raw: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(raw) ? raw.filter(isJsonObject) : none;
}

function textsOf(raw: JsonValue | undefined): readonly string[] | undefined {
  return Array.isArray(raw) ? raw.filter((text): text is string => typeof text === 'string') : undefined;
}
