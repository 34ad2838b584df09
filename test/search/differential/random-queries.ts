/** Random queries, built from R4's own search parameters of a type: every parameter type, modifier, prefix, chains, `_has` and `_filter`. */
import type { Definitions, SearchParameter } from '../../../src/definitions/definitions.ts';
import { escapeValue } from '../../../src/search/escape.ts';
import { referenceTargets } from '../../../src/search/parameter-elements.ts';
import type { QueryParameter } from '../../../src/search/parse-query.ts';
import type { Random } from '../../support/random.ts';
import * as pool from './pools.ts';

export interface RandomQuery {
  readonly types: readonly string[];
  readonly parameters: readonly QueryParameter[];
}

/** What queries are made of. */
export interface Known {
  readonly definitions: Definitions;
  /** `Type.code` of the parameters that some resource has a value for. */
  readonly indexed: ReadonlySet<string>;
}

/** A query on one type, or by common parameters on several. */
export function randomQuery(random: Random, known: Known): RandomQuery {
  const many = random.chance(0.1);
  const type = random.pick(pool.types);
  const types = many ? [...new Set([type, random.pick(pool.types), random.pick(pool.types)])] : [type];
  const parameters = [0, ...(random.chance(0.3) ? [0] : [])].map(() =>
    many ? commonPair(random) : pair(random, known, type, 2),
  );
  return { types, parameters: [...parameters, ...sortOf(random, known, many ? undefined : type)] };
}

const prefixes = ['', '', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];

function pair(random: Random, known: Known, type: string, depth: number): QueryParameter {
  if (random.chance(0.15)) return commonPair(random);
  if (random.chance(0.12)) return ['_filter', filterOf(random, known, type, depth)];
  if (depth > 0 && random.chance(0.15)) return reverse(random, known, type, depth);
  const parameter = anyParameter(random, known, type);
  if (depth > 0 && parameter.type === 'reference' && random.chance(0.5)) return chain(random, known, type, parameter, depth);
  const modifier = random.chance(0.35) ? modifierOf(random, parameter) : '';
  return [`${parameter.code}${modifier}`, valuesOf(random, known, parameter, modifier)];
}

/** Mostly those that some random resource has a value for. */
function searchable(known: Known, type: string): readonly SearchParameter[] {
  return known.definitions.searchParameters(type).filter(({ code }) => known.indexed.has(`${type}.${code}`));
}

function anyParameter(random: Random, known: Known, type: string): SearchParameter {
  const usual = searchable(known, type);
  const all = known.definitions
    .searchParameters(type)
    .filter(({ code, expression }) => expression !== undefined && !code.startsWith('_'));
  return random.pick(random.chance(0.05) ? all : usual);
}

function commonPair(random: Random): QueryParameter {
  return random.pick<() => QueryParameter>([
    () => ['_id', String(random.below(pool.perType))],
    () => ['_id:not', `${random.below(pool.perType)},${random.below(pool.perType)}`],
    () => ['_lastUpdated', `${random.pick(['gt', 'le', 'eq', 'ne'])}2025-01-01T00:00:${10 + random.below(50)}Z`],
    () =>
      [`_profile${random.pick(['', ':below', ':missing'])}`, ''].map((part, at) =>
        at === 0 ? part : random.pick(pool.uris.slice(0, 3)),
      ) as [string, string],
    () => [`_tag${random.pick(['', ':not'])}`, token(random)],
    () => ['_text', fullText(random)],
    () => ['_content', fullText(random)],
    () => ['_list', `${random.below(pool.perType)},${random.below(pool.perType)}`],
  ])();
}

function chain(random: Random, known: Known, type: string, parameter: SearchParameter, depth: number): QueryParameter {
  const targets = referenceTargets(known.definitions, type, parameter).filter(isPooled);
  if (targets.length === 0) return [`${parameter.code}:missing`, 'false'];
  const target = random.pick(targets);
  const [name, value] = pair(random, known, target, depth - 1);
  return [`${parameter.code}${random.chance(0.6) ? `:${target}` : ''}.${name}`, value];
}

function reverse(random: Random, known: Known, type: string, depth: number): QueryParameter {
  const links = pool.types.flatMap((source) =>
    searchable(known, source)
      .filter(
        (parameter) => parameter.type === 'reference' && referenceTargets(known.definitions, source, parameter).includes(type),
      )
      .map(({ code }) => ({ source, code })),
  );
  if (links.length === 0) return ['_id', '1'];
  const { source, code } = random.pick(links);
  const [name, value] = pair(random, known, source, depth - 1);
  return [`_has:${source}:${code}:${name}`, value];
}

function isPooled(type: string): boolean {
  return pool.types.some((one) => one === type);
}

const modifiers: Readonly<Record<SearchParameter['type'], readonly string[]>> = {
  string: [':exact', ':contains', ':missing'],
  token: [':not', ':text', ':missing', ':in', ':not-in', ':below', ':above', ':of-type'],
  reference: [':missing', ':Patient', ':identifier'],
  date: [':missing'],
  number: [':missing'],
  quantity: [':missing'],
  uri: [':missing', ':below', ':above'],
  composite: [],
  special: [],
};

function modifierOf(random: Random, { type }: SearchParameter): string {
  const possible = modifiers[type];
  return possible.length === 0 ? '' : random.pick(possible);
}

function valuesOf(random: Random, known: Known, parameter: SearchParameter, modifier: string): string {
  if (modifier === ':missing') return random.pick(['true', 'false']);
  const single = () => valueOfType(random, known, parameter, modifier);
  return random.chance(0.2) ? `${single()},${single()}` : single();
}

function valueOfType(random: Random, known: Known, parameter: SearchParameter, modifier: string): string {
  switch (parameter.type) {
    case 'string':
      return escapeValue(text(random, modifier));
    case 'token':
      return tokenValue(random, modifier);
    case 'reference':
      return modifier === ':identifier' ? token(random) : referenceValue(random);
    case 'date':
      return random.pick(prefixes) + random.pick(pool.dates);
    case 'number':
      return random.pick(prefixes) + random.pick(['0.3', '0.25', '1', '5.4', '0']);
    case 'quantity':
      return quantityValue(random);
    case 'uri':
      return random.pick(pool.uris);
    case 'special': {
      const [latitude, longitude] = random.pick(pool.places);
      return `${latitude}|${longitude}|${random.pick(['1', '3', '120', '600', '20000'])}|km`;
    }
    case 'composite':
      return parameter.component
        .map(({ definition }) => known.definitions.searchParameterByUrl(definition))
        .map((part) => (part === undefined ? 'x' : valueOfType(random, known, part, '')))
        .join('$');
  }
}

function text(random: Random, modifier: string): string {
  const whole = random.pick([...pool.names, ...pool.words]);
  if (modifier === ':exact') return whole;
  const start = modifier === ':contains' ? random.below(3) : 0;
  return whole.slice(start, start + 3 + random.below(4));
}

function tokenValue(random: Random, modifier: string): string {
  if (modifier === ':text') return random.pick(pool.words);
  if (modifier === ':in' || modifier === ':not-in')
    return `http://hl7.org/fhir/ValueSet/${random.pick(['condition-clinical', 'administrative-gender', 'observation-status'])}`;
  if (modifier === ':below' || modifier === ':above')
    return random.pick([`${pool.conditionClinical}|active`, 'amended', 'text/xml', 'relapse']);
  if (modifier === ':of-type') {
    const value = random.pick([...pool.codes, ...pool.taxCodes]);
    return `http://terminology.hl7.org/CodeSystem/v2-0203|${random.pick(['NI', 'TAX'])}|${escapeValue(value)}`;
  }
  return token(random);
}

function token(random: Random): string {
  const others = [...pool.genders, ...pool.clinicalCodes, 'true', 'final', 'amended', 'current', '06123', 'AMB', 'replaces'];
  const code = random.chance(0.5) ? random.pick(pool.codes) : random.pick([...pool.taxCodes, ...others]);
  return random.pick([
    () => escapeValue(code),
    () => `${escapeValue(random.pick([...pool.systems, ...pool.taxSystems, pool.conditionClinical]))}|${escapeValue(code)}`,
    () => `${escapeValue(random.pick(pool.taxSystems))}|${random.pick(pool.taxCodes)}`,
    () => `|${escapeValue(code)}`,
    () => `${escapeValue(random.pick(pool.systems))}|`,
  ])();
}

function referenceValue(random: Random): string {
  const [type, id] = [random.pick(pool.types), random.below(pool.perType)];
  return random.pick([
    `${type}/${id}`,
    String(id),
    `Patient/${id}`,
    `http://localhost:8080/fhir/${type}/${id}`,
    `http://other.example/fhir/Patient/${id}`,
  ]);
}

function quantityValue(random: Random): string {
  const number = random.pick(prefixes) + random.pick(pool.amounts);
  const unit = random.pick(pool.units);
  return random.pick([number, `${number}||${unit}`, `${number}|${pool.ucum}|${unit}`, `${number}|${pool.ucum}|${unit}`]);
}

function fullText(random: Random): string {
  const [one, other] = [random.pick(pool.words), random.pick(pool.words)];
  return random.pick([
    one,
    `${one} ${other}`,
    `${one} OR ${other}`,
    `${one} NOT ${other}`,
    `NOT ${one}`,
    `${one.slice(0, 3).padEnd(3, 'a')}*`,
    random.pick(pool.names),
  ]);
}

const comparisons = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'ap', 'sa', 'eb'];

function filterOf(random: Random, known: Known, type: string, depth: number): string {
  if (depth > 0 && random.chance(0.4)) {
    const [one, other] = [filterOf(random, known, type, depth - 1), filterOf(random, known, type, depth - 1)];
    return random.pick([`${one} and ${other}`, `${one} or (${other})`, `not (${one})`, `(${one}) and not (${other})`]);
  }
  const parameter = anyParameter(random, known, type);
  const { code } = parameter;
  if (random.chance(0.1)) return `${code} pr ${random.pick(['true', 'false'])}`;
  switch (parameter.type) {
    case 'string':
      return `${code} ${random.pick(['eq', 'ne', 'co', 'sw', 'ew'])} ${JSON.stringify(random.pick(pool.names))}`;
    case 'date':
      return `${code} ${random.pick([...comparisons, 'po', 'co'])} ${random.pick(pool.dates)}`;
    case 'number':
      return `${code} ${random.pick([...comparisons, 'co'])} ${random.pick(['0.3', '0.25', '1'])}`;
    case 'quantity':
      return `${code} ${random.pick(comparisons)} ${random.pick(pool.amounts)}|ucum|${random.pick(pool.units.filter((unit) => !unit.includes(']')))}`;
    case 'token':
      return `${code} ${random.pick(['eq', 'ne'])} ${JSON.stringify(token(random))}`;
    case 'reference': {
      const [target] = referenceTargets(known.definitions, type, parameter).filter(isPooled);
      const ask = `${code} ${random.pick(['re', 'eq', 'ne'])} ${referenceValue(random)}`;
      return depth === 0 || target === undefined ? ask : `${code}._id eq ${random.below(pool.perType)}`;
    }
    default:
      return `${code} eq ${valueOfType(random, known, parameter, '')}`;
  }
}

function sortOf(random: Random, known: Known, type: string | undefined): readonly QueryParameter[] {
  if (random.chance(0.5)) return [];
  const own =
    type === undefined ? [] : searchable(known, type).filter(({ type: kind }) => kind !== 'composite' && kind !== 'special');
  const codes = ['_id', '_lastUpdated', '_profile', ...own.map(({ code }) => code)];
  const keys = [0, ...random.many(1, () => 0)].map(() => `${random.chance(0.5) ? '-' : ''}${random.pick(codes)}`);
  return [['_sort', keys.join(',')]];
}
