/** http://hl7.org/fhirpath/N1/#conversion */
import {
  type Call,
  type Code,
  collectionCode,
  type FunctionDefinition,
  type FunctionTable,
  singleton,
  truthCode,
} from './code.ts';
import { type Collection, empty, integerCollection, type Node, nodeOf, stringCollection, truthCollection } from './node.ts';
import { isQuantityType } from './quantity.ts';

interface Conversion {
  /** The System type it makes: `Integer` for `toInteger()` and `convertsToInteger()`. */
  readonly type: string;
  /** Empty when the value has no such form. */
  readonly convert: (node: Node) => Collection;
}

const conversions: readonly Conversion[] = [
  { type: 'Boolean', convert: toBoolean },
  { type: 'Integer', convert: toInteger },
  { type: 'Decimal', convert: toDecimal },
  { type: 'String', convert: toText },
  { type: 'Date', convert: (node) => toTemporal(node, 'System.Date') },
  { type: 'DateTime', convert: (node) => toTemporal(node, 'System.DateTime') },
  { type: 'Time', convert: (node) => toTemporal(node, 'System.Time') },
];

export const conversionFunctions: FunctionTable = Object.fromEntries(
  conversions.flatMap((conversion): [string, FunctionDefinition][] => [
    [`to${conversion.type}`, { arity: [0, 0], compile: (call) => converted(call, conversion) }],
    [`convertsTo${conversion.type}`, { arity: [0, 0], compile: (call) => convertible(call, conversion) }],
  ]),
);

function converted({ source, name }: Call, { type, convert }: Conversion): Code {
  return collectionCode([`System.${type}`], (self, scope) => {
    const node = singleton(source.run(self, scope), `${name}()`);
    return node === undefined ? empty : convert(node);
  });
}

function convertible({ source, name }: Call, { convert }: Conversion): Code {
  return truthCode((self, scope) => {
    const node = singleton(source.run(self, scope), `${name}()`);
    return node === undefined ? undefined : convert(node).length > 0;
  });
}

const truths: ReadonlyMap<string, boolean> = new Map([
  ...['true', 't', 'yes', 'y', '1', '1.0'].map((text) => [text, true] as const),
  ...['false', 'f', 'no', 'n', '0', '0.0'].map((text) => [text, false] as const),
]);

function toBoolean({ value }: Node): Collection {
  if (typeof value === 'boolean') return truthCollection(value);
  return typeof value === 'string' || typeof value === 'number'
    ? truthCollection(truths.get(String(value).toLowerCase()))
    : empty;
}

const integerMax = 2 ** 31 - 1;

function toInteger({ value }: Node): Collection {
  if (typeof value === 'boolean') return integerCollection(Number(value));
  const number = typeof value === 'string' && /^[+-]?\d{1,10}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && Math.abs(number) <= integerMax
    ? integerCollection(number)
    : empty;
}

function toDecimal({ value, digits }: Node): Collection {
  if (typeof value === 'boolean') return [nodeOf('System.Decimal', Number(value), undefined, value ? '1.0' : '0.0')];
  if (typeof value === 'number') return [nodeOf('System.Decimal', value, undefined, digits)];
  if (typeof value !== 'string' || !/^[+-]?\d{1,40}(?:\.\d{1,40})?$/.test(value)) return empty;
  return [nodeOf('System.Decimal', Number(value), undefined, value.replace('+', ''))];
}

export function toText({ type, value, digits }: Node): Collection {
  if (typeof value === 'string') return stringCollection(value);
  if (typeof value === 'number') return stringCollection(digits ?? String(value));
  if (typeof value === 'boolean') return stringCollection(String(value));
  if (!isQuantityType(type)) return empty;
  const { value: amount, code, unit } = value as { readonly value?: number; readonly code?: string; readonly unit?: string }; // A Quantity.
  if (amount === undefined) return empty;
  return stringCollection(code === undefined ? `${amount} ${unit ?? "'1'"}` : `${amount} '${code}'`);
}

const time = '\\d\\d(?::\\d\\d(?::\\d\\d(?:\\.\\d+)?)?)?';
const date = '\\d{4}(?:-\\d\\d(?:-\\d\\d)?)?';
const forms: Readonly<Record<string, RegExp>> = {
  'System.Date': new RegExp(`^${date}$`),
  'System.DateTime': new RegExp(`^(?:${date}|\\d{4}-\\d\\d-\\d\\dT${time}(?:Z|[+-]\\d\\d:\\d\\d)?)$`),
  'System.Time': new RegExp(`^${time}$`),
};

/** A dateTime gives its date; a date is a dateTime of less precision. */
function toTemporal({ type: from, value }: Node, type: string): Collection {
  if (typeof value !== 'string') return empty;
  const dated = /^(?:System\.DateTime|dateTime|instant)$/.test(from) && type === 'System.Date';
  const text = dated ? value.slice(0, 10) : value;
  return forms[type]?.test(text) === true ? [nodeOf(type, text)] : empty;
}
