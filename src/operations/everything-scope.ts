/** What of a record `$everything` is to give. https://hl7.org/fhir/R4/patient-operation-everything.html */
import type { AccessContext } from '../access/access-context.ts';
import { grantedTypes } from '../access/grants.ts';
import { narrow } from '../access/narrow.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { parseDateRange } from '../fhir/date.ts';
import { limits } from '../fhir/limits.ts';
import { type FhirError, type Issue, invalidValue, unknownParameter } from '../fhir/outcome.ts';
import type { ResourceKey } from '../fhir/types.ts';
import type { ServerContext } from '../interactions/context.ts';
import { projectionParameters } from '../interactions/projected.ts';
import { typesNamed } from '../interactions/search-system.ts';
import { compartmentCriterion } from '../search/compartment.ts';
import { type Authorized, and, type Criterion, not, or } from '../search/criterion.ts';
import { openHigh, openLow } from '../search/index-entry.ts';
import { generalParameters, type QueryParameter } from '../search/parse-query.ts';
import { didYouMean } from '../search/suggest.ts';
import type { StoredVersion } from '../store/store.ts';

export interface Selection {
  readonly types: readonly string[];
  readonly criterion: Authorized<Criterion>;
}

export interface Scope {
  readonly access: AccessContext;
  /** Resources on a page at most. */
  readonly count: number;
  /** The compartment without the patient, as far as the caller may see it, in the time asked. */
  readonly record: Selection;
  /** What of it is wanted: by type and time of change. */
  readonly selected: Selection;
  /** Nothing of the record is left out by type or time of change. */
  readonly isWhole: boolean;
  /** Types outside every patient's compartment that are wanted. */
  readonly sharedTypes: readonly string[];
  /** By type and time of change. */
  includes(version: StoredVersion): boolean;
  readonly applied: readonly QueryParameter[];
  readonly issues: readonly Issue[];
}

export interface Caller {
  readonly access: AccessContext;
  readonly context: ServerContext;
  readonly strict: boolean;
}

const names: readonly string[] = ['start', 'end', '_since', '_type', '_count', ...projectionParameters];

/** Reads the parameters. Throws FhirError (400) for values that can't be read, and under `strict` for unknown names. */
export function scopeOf(query: readonly QueryParameter[], patient: ResourceKey, caller: Caller): Scope {
  const { access, context } = caller;
  const { definitions } = context;
  const applied = query.filter(([name, value]) => generalParameters.has(name) || (names.includes(name) && value !== ''));
  const issues = query.flatMap(([name]) => unknownIssues(name, caller.strict));
  const asked = readValues(applied, context);
  const wanted = typesNamed(applied, definitions);
  const isWanted = (type: string) => wanted.length === 0 || wanted.includes(type);
  const members = definitions.resourceTypes.filter((type) => type !== patient.type && isMember(definitions, patient.type, type));
  const granted = grantedTypes(access, members, 's');
  const compartment = and(
    compartmentCriterion(definitions, patient, granted),
    careTime(definitions, granted, asked.start, asked.end),
  );
  const since = asked.since;
  const changed: Criterion =
    since === undefined ? { kind: 'all' } : { kind: 'last-updated', comparison: 'ge', low: since, high: since };
  const selectedTypes = granted.filter(isWanted);
  return {
    access,
    count: asked.count,
    record: { types: granted, criterion: narrow(access, granted, 's', compartment) },
    selected: { types: selectedTypes, criterion: narrow(access, selectedTypes, 's', and(compartment, changed)) },
    isWhole: wanted.length === 0 && since === undefined,
    sharedTypes: definitions.resourceTypes.filter(
      (type) => type !== patient.type && isWanted(type) && !isMember(definitions, patient.type, type),
    ),
    includes: ({ key, lastUpdated }) => isWanted(key.type) && (since === undefined || lastUpdated >= since),
    applied,
    issues,
  };
}

function isMember(definitions: Definitions, compartment: string, type: string): boolean {
  return definitions.compartment(compartment, type) !== undefined;
}

function unknownIssues(name: string, strict: boolean): readonly Issue[] {
  if (names.includes(name) || generalParameters.has(name)) return [];
  const text = `$everything has no parameter '${name}'.${didYouMean(name, names)}`;
  if (strict) throw unknownParameter(text, `http.${name}`);
  return [{ severity: 'warning', code: 'not-supported', text: `${text} It was left out.`, expression: `http.${name}` }];
}

interface Asked {
  readonly count: number;
  readonly start: number | undefined;
  readonly end: number | undefined;
  readonly since: number | undefined;
}

function readValues(applied: readonly QueryParameter[], { timeZone }: ServerContext): Asked {
  const textOf = (name: string): string | undefined => {
    const [value, other] = new Set(applied.filter(([own]) => own === name).map(([, text]) => text));
    if (other !== undefined) throw bad(name, 'it is given more than once, with different values.');
    return value;
  };
  const rangeOf = (name: string) => {
    const text = textOf(name);
    const range = text === undefined ? undefined : parseDateRange(text, timeZone);
    if (text !== undefined && range === undefined) throw bad(name, "it takes a date or time that exists, like '2026-05-31'.");
    return range;
  };
  const count = textOf('_count') ?? String(limits.pageSizeMax);
  if (!/^[1-9]\d{0,8}$/.test(count)) throw bad('_count', 'it takes a whole number, 1 or more.');
  const start = rangeOf('start')?.low;
  const end = rangeOf('end')?.high;
  if (start !== undefined && end !== undefined && end < start) throw bad('end', "it is before 'start'.");
  return {
    count: Math.min(Number.parseInt(count, 10), limits.pageSizeMax),
    start,
    end,
    since: rangeOf('_since')?.low,
  };
}

/**
 * "The date range relates to care dates, not record currency dates". R4 does not say which dates these are: here, a resource is in when one
 * of its date search parameters meets the range, or when it has no date at all, so that nothing undated is lost.
 */
function careTime(definitions: Definitions, types: readonly string[], start?: number, end?: number): Criterion {
  if (start === undefined && end === undefined) return { kind: 'all' };
  const test = { shape: 'range', comparison: 'ap', low: start ?? openLow, high: end ?? openHigh, unit: '' } as const;
  const typesByDates = new Map<string, string[]>();
  for (const type of types) {
    const dates = careDates(definitions, type).join(',');
    typesByDates.set(dates, [...(typesByDates.get(dates) ?? []), type]);
  }
  const branches = [...typesByDates].map(([dates, of]) => {
    const codes = dates === '' ? [] : dates.split(',');
    const meets = codes.map((parameter): Criterion => ({ kind: 'has', parameter, test }));
    const undated = and(...codes.map((parameter) => not({ kind: 'has', parameter })));
    return and({ kind: 'type', types: of }, or(undated, ...meets));
  });
  return or(...branches);
}

/** A relative's day of birth is a date of no care, and the time of the last change is the record's own. */
const noCare: ReadonlySet<string> = new Set(['birthdate', '_lastUpdated']);

function careDates(definitions: Definitions, type: string): readonly string[] {
  const dates = definitions
    .searchParameters(type)
    .filter((parameter) => parameter.type === 'date' && !noCare.has(parameter.code));
  return dates.map((parameter) => parameter.code);
}

function bad(name: string, sentence: string): FhirError {
  return invalidValue(`'${name}': ${sentence}`, `http.${name}`);
}
