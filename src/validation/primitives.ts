/** Values of primitive types in JSON: the right JSON type, and the right form. https://hl7.org/fhir/R4/json.html#primitive */
import { type Check, elementName, type Run, report } from './issues.ts';
import { echo, kindOf, type MessageId } from './messages.ts';
import { checkDate, checkDateTime, checkInstant, checkTime, type DateFault, isUnlikelyYear } from './primitive-dates.ts';
import {
  checkBase64,
  checkCode,
  checkElementId,
  checkId,
  checkLocation,
  checkMarkdown,
  checkOid,
  checkString,
  checkUuid,
  type TextCheck,
} from './primitive-text.ts';
import { checkXhtml } from './xhtml.ts';

/** "Strings SHALL NOT exceed 1MB (1024*1024 characters) in size". */
const textCharactersMax = 1024 * 1024;

/** The checks by the name of the primitive type. */
export const primitiveChecks: Readonly<Record<string, Check>> = {
  boolean: booleanCheck,
  integer: integerCheck(-2_147_483_648, 2_147_483_647),
  unsignedInt: integerCheck(0, 2_147_483_647),
  positiveInt: integerCheck(1, 2_147_483_647),
  decimal: decimalCheck,
  string: textCheck(checkString),
  markdown: textCheck(checkMarkdown),
  code: textCheck(checkCode),
  id: textCheck(checkId),
  uri: textCheck(checkLocation),
  url: textCheck(checkLocation),
  canonical: textCheck(checkLocation),
  oid: textCheck(checkOid),
  uuid: textCheck(checkUuid),
  base64Binary: textCheck(checkBase64, Number.POSITIVE_INFINITY),
  date: dateCheck(checkDate),
  dateTime: dateCheck(checkDateTime),
  instant: dateCheck(checkInstant),
  time: dateCheck(checkTime),
  xhtml: xhtmlCheck,
  /** Not a FHIR type: the `id` of an element, which may have any characters but spaces. */
  'element-id': textCheck(checkElementId),
};

/** Says why a value is not even of the JSON type looked for: null, an array in place of one value, or another type. */
function reportKind(value: unknown, expected: MessageId, run: Run, depth: number): void {
  const element = elementName(run, depth);
  const repeats = (run.indexes[depth - 1] ?? -1) >= 0;
  if (value === null) report(run, depth, repeats ? 'null-item' : 'null-value', { parameters: { element } });
  else if (Array.isArray(value)) report(run, depth, 'single-expected', { parameters: { element } });
  else report(run, depth, expected, { parameters: { element, found: kindOf(value) } });
}

function booleanCheck(value: unknown, run: Run, depth: number): boolean {
  if (typeof value === 'boolean') return true;
  reportKind(value, 'boolean-expected', run, depth);
  return false;
}

function integerCheck(min: number, max: number): Check {
  return (value, run, depth) => {
    if (typeof value !== 'number') {
      reportKind(value, 'number-expected', run, depth);
      return false;
    }
    if (!Number.isInteger(value)) report(run, depth, 'integer-form', { parameters: { element: elementName(run, depth) } });
    else if (value < min || value > max)
      report(run, depth, 'integer-range', { parameters: { element: elementName(run, depth), min, max } });
    return true;
  };
}

function decimalCheck(value: unknown, run: Run, depth: number): boolean {
  if (typeof value !== 'number') {
    reportKind(value, 'number-expected', run, depth);
    return false;
  }
  if (!Number.isFinite(value)) report(run, depth, 'decimal-range', { parameters: { element: elementName(run, depth) } });
  return true;
}

/** False, with the reason reported, unless the value is a text of 1 to `max` characters. */
function isText(value: unknown, run: Run, depth: number): value is string {
  if (typeof value === 'string' && value.length > 0) return true;
  if (value === '') report(run, depth, 'text-empty', { parameters: { element: elementName(run, depth) } });
  else reportKind(value, 'text-expected', run, depth);
  return false;
}

function textCheck(check: TextCheck, max = textCharactersMax): Check {
  return (value, run, depth) => {
    if (!isText(value, run, depth)) return false;
    if (value.length > max) {
      report(run, depth, 'text-too-long', { parameters: { element: elementName(run, depth), length: value.length, max } });
      return true;
    }
    const fault = check(value);
    if (fault !== undefined)
      report(run, depth, fault, { parameters: { element: elementName(run, depth), length: value.length } });
    return true;
  };
}

function dateCheck(check: (text: string) => DateFault | undefined): Check {
  const dated = check !== checkTime;
  return (value, run, depth) => {
    if (!isText(value, run, depth)) return false;
    const fault = check(value);
    if (fault !== undefined) {
      const parameters = { element: elementName(run, depth), value: echoDate(value), part: fault.part ?? '' };
      report(run, depth, fault.id, { parameters });
    } else if (dated && isUnlikelyYear(value)) {
      report(run, depth, 'date-unlikely', { parameters: { value: echoDate(value) } });
    }
    return true;
  };
}

/** Only what begins like a date is repeated: in its place might stand a name. */
function echoDate(text: string): string {
  return text.length <= 40 && /^[\d:T.Z+-][\d:T.Z+ /-]*$/.test(text)
    ? echo(text.replaceAll(' ', '_')).replaceAll('_', ' ')
    : '"…"';
}

function xhtmlCheck(value: unknown, run: Run, depth: number): boolean {
  if (!isText(value, run, depth)) return false;
  for (const fault of checkXhtml(value)) report(run, depth, fault.id, { parameters: fault.parameters });
  return true;
}
