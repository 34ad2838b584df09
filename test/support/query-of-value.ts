/**
 * A search for a value, written as somebody would who reads the value in the resource and the specification beside it; nothing of the server's
 * own reading of values is used. https://hl7.org/fhir/R4/search.html#ptypes
 */
import type { SearchParameterType } from '../../src/definitions/definitions.ts';
import type { Node } from '../../src/fhirpath/node.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests reach into any resource; what is not there counts as missing.
type Loose = any;

/** A modifier ('' or `:exact`) and a value, escaped for the search but not for the URL. */
export type Asked = readonly [modifier: string, value: string];

/** What finds the value: all of them together. Empty when nothing in the value can be asked for. */
export function askFor(type: SearchParameterType, node: Node): readonly Asked[] {
  const { value } = node;
  if (value === undefined || value === null) return [];
  return askers[type]?.(node, value) ?? [];
}

type Asker = (node: Node, value: Loose) => readonly Asked[];

const askers: Readonly<Partial<Record<SearchParameterType, Asker>>> = {
  token: (node, value) => plain(tokenText(node.type, value)),
  string: (node, value) => texts(node.type, value).slice(0, 2).flatMap(askForText),
  reference: (_, value) => askForReference(value),
  uri: (_, value) => plain(escapeText(String(value))),
  number: (node, value) => [['', node.digits ?? String(value)]],
  date: (node, value) => askForTime(node.type, value),
  quantity: (node, value) => askForQuantity(node.type, value),
  special: (_, { latitude, longitude }) => [['', `${latitude}|${longitude}|1|km`]],
};

function plain(value: string | undefined): readonly Asked[] {
  return value === undefined ? [] : [['', value]];
}

/** "[parameter]=[system]|[code]", "[parameter]=[code]" for what has no system, "[parameter]=[system]|" for what has no code */
function tokenText(type: string, value: Loose): string | undefined {
  switch (type) {
    case 'CodeableConcept':
      return (value.coding ?? []).map((coding: Loose) => tokenText('Coding', coding)).find((text?: string) => text !== undefined);
    case 'Coding':
      return systemText(value.system, value.code);
    case 'Identifier':
      return systemText(value.system, value.value);
    case 'ContactPoint':
      return value.value === undefined ? undefined : escapeText(value.value);
    default:
      return typeof value === 'object' ? undefined : escapeText(String(value));
  }
}

function systemText(system: string | undefined, code: string | undefined): string | undefined {
  if (system === undefined && code === undefined) return undefined;
  return system === undefined ? escapeText(code ?? '') : `${escapeText(system)}|${escapeText(code ?? '')}`;
}

const textMembers: Readonly<Record<string, readonly string[]>> = {
  HumanName: ['family', 'given', 'text'],
  Address: ['city', 'line', 'country', 'text'],
};

function texts(type: string, value: Loose): readonly string[] {
  return typeof value === 'string' ? [value] : (textMembers[type] ?? []).flatMap((name) => value[name] ?? []);
}

/** "the field starts with the value", and `:exact` for the whole of it where it is short. Marks alone can't be asked for but exactly. */
function askForText(text: string): readonly Asked[] {
  const exact: readonly Asked[] = text.length > 150 || text.trim() !== text ? [] : [[':exact', escapeText(text)]];
  const start = text.slice(0, 40).trim();
  return /[\p{L}\p{N}]/u.test(start) ? [['', escapeText(start)], ...exact] : exact;
}

function askForReference(value: Loose): readonly Asked[] {
  if (typeof value === 'string') return askForTarget(value.split('|')[0] ?? '');
  if (typeof value.resourceType === 'string') return value.id === undefined ? [] : plain(`${value.resourceType}/${value.id}`);
  const text: string | undefined = value.reference ?? value.url;
  if (text === undefined) {
    const identifier = value.identifier === undefined ? undefined : tokenText('Identifier', value.identifier);
    return identifier === undefined ? [] : [[':identifier', identifier]];
  }
  return askForTarget(text.replace(/\/_history\/.*$/, ''));
}

/** What is contained has no address that could be asked for, but it is there. A mere word is no address. */
function askForTarget(target: string): readonly Asked[] {
  if (!/[/:#]/.test(target)) return [];
  return target.startsWith('#') ? [[':missing', 'false']] : plain(escapeText(target));
}

const timeTypes: ReadonlySet<string> = new Set(['date', 'dateTime', 'instant']);

/** A time as it is; of a longer one that it goes on from its start, and up to its end. */
function askForTime(type: string, value: Loose): readonly Asked[] {
  if (timeTypes.has(type)) return plain(value);
  if (type === 'Period') return between(value.start, value.end);
  if (type !== 'Timing') return [];
  if (value.repeat?.boundsPeriod !== undefined) return askForTime('Period', value.repeat.boundsPeriod);
  const events = (value.event ?? []).toSorted((a: string, b: string) => Date.parse(a) - Date.parse(b));
  return between(events[0], events.at(-1));
}

function between(start: string | undefined, end: string | undefined): readonly Asked[] {
  return [...(start === undefined ? [] : plain(`ge${start}`)), ...(end === undefined ? [] : plain(`le${end}`))];
}

function askForQuantity(type: string, value: Loose): readonly Asked[] {
  if (type === 'Range') {
    const { low, high } = value;
    return [...(low === undefined ? [] : bound('ge', low)), ...(high === undefined ? [] : bound('le', high))];
  }
  if (type === 'SampledData') return bound('ge', { ...value.origin, value: value.lowerLimit ?? value.origin.value });
  if (type === 'Money') return value.value === undefined ? [] : [['', `${value.value}|urn:iso:std:iso:4217|${value.currency}`]];
  const prefix = comparators[value.comparator] ?? '';
  return bound(prefix, value);
}

/** "<5" may be anything below. */
const comparators: Readonly<Record<string, string>> = { '<': 'lt', '<=': 'le', '>': 'gt', '>=': 'ge' };

function bound(prefix: string, { value, system, code, unit }: Loose): readonly Asked[] {
  if (value === undefined) return [];
  const number = `${prefix}${value}`;
  if (system !== undefined && code !== undefined) return [['', `${number}|${escapeText(system)}|${escapeText(code)}`]];
  return [['', (code ?? unit) === undefined ? number : `${number}||${escapeText(code ?? unit)}`]];
}

function escapeText(text: string): string {
  return text.replace(/[\\,|$]/g, '\\$&');
}
