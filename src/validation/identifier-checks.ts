/**
 * Forms and check digits of Italian identifiers and codes. What is found is a warning, and the value is never repeated: it names a person.
 * Codice fiscale: D.M. 23 December 1976; the eleven-digit codes end in a Luhn digit; an AIC ends in a digit of its own kind.
 */
import { isJsonObject, type JsonObject } from '../fhir/types.ts';
import { type Run, report } from './issues.ts';
import type { Language, MessageId, Parameters } from './messages.ts';
import type { ServerRules, ValueCheck } from './server-rules.ts';
import type { ObjectRule } from './type-rules.ts';

interface Fault {
  readonly id: MessageId;
  readonly parameters?: Parameters;
}

/** The rules for Identifier.value and Coding.code, by system. */
export function valueRules({ values }: ServerRules): Readonly<Record<'Identifier' | 'Coding', readonly ObjectRule[]>> {
  const checks = new Map(values.flatMap((check) => check.systems.map((system) => [system, compileCheck(check)] as const)));
  const rule =
    (member: 'value' | 'code'): ObjectRule =>
    (object: JsonObject, run: Run, depth: number) => {
      const { system } = object;
      const value = object[member];
      if (!isJsonObject(object) || typeof system !== 'string' || typeof value !== 'string') return;
      const fault = checks.get(system)?.(value, run.language);
      if (fault === undefined) return;
      run.names[depth] = member;
      run.indexes[depth] = -1;
      const outer = run.layer;
      run.layer = { source: 'server' };
      report(run, depth + 1, fault.id, { parameters: fault.parameters ?? {} });
      run.layer = outer;
    };
  return { Identifier: [rule('value')], Coding: [rule('code')] };
}

function compileCheck({ check, pattern, name, form }: ValueCheck): (value: string, language: Language) => Fault | undefined {
  if (check === 'codice-fiscale') return found(checkCodiceFiscale);
  if (check === 'luhn-11') return found(checkLuhn11);
  if (check === 'aic') return found(checkAic);
  const expected = new RegExp(pattern ?? '', 'u');
  return (value, language) => {
    if (value.length <= 200 && expected.test(value)) return undefined;
    return { id: 'identifier-pattern', parameters: { name: name?.[language] ?? '', form: form?.[language] ?? '' } };
  };
}

function found(check: (value: string) => MessageId | undefined): (value: string) => Fault | undefined {
  return (value) => {
    const id = check(value);
    return id === undefined ? undefined : { id };
  };
}

const oddValues = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
const omocodia = 'LMNPQRSTUV';
const months = 'ABCDEHLMPRST';
const personal = /^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$/;

/** A codice fiscale of a person (16 characters, omocodia allowed), or a provisional one or an organization's (11 digits). */
export function checkCodiceFiscale(value: string): MessageId | undefined {
  if (value.length === 11) return checkLuhn11(value) === undefined ? undefined : 'identifier-codice-fiscale-check';
  // A temporarily present foreigner's STP or an unregistered European's ENI code may stand in its place.
  if (/^(STP|ENI)[0-9]{13}$/.test(value)) return undefined;
  if (!personal.test(value)) return 'identifier-codice-fiscale-form';
  if (checkCharacter(value) !== value[15]) return 'identifier-codice-fiscale-check';
  return hasBirthDate(value) ? undefined : 'identifier-codice-fiscale-date';
}

function checkCharacter(value: string): string {
  let sum = 0;
  for (let at = 0; at < 15; at += 1) {
    const code = value.charCodeAt(at);
    const number = code < 65 ? code - 48 : code - 65;
    sum += at % 2 === 0 ? (oddValues[number] ?? 0) : number;
  }
  return String.fromCharCode(65 + (sum % 26));
}

/** Day 1 to 31, 40 more for women; the year has no century, so that 29 February always may be. */
function hasBirthDate(value: string): boolean {
  const month = months.indexOf(value[8] ?? '') + 1;
  const digits = [...value.slice(9, 11)].map((character) =>
    omocodia.includes(character) ? omocodia.indexOf(character) : Number(character),
  );
  const day = ((digits[0] ?? 0) * 10 + (digits[1] ?? 0)) % 40;
  return day >= 1 && day <= new Date(Date.UTC(2024, month, 0)).getUTCDate();
}

/** Eleven digits, the last by Luhn: partita IVA, and the codice fiscale of organizations. */
export function checkLuhn11(value: string): MessageId | undefined {
  if (!/^[0-9]{11}$/.test(value)) return 'identifier-luhn-form';
  let sum = 0;
  for (let at = 0; at < 10; at += 1) {
    const digit = Number(value[at]);
    const doubled = digit * 2;
    sum += at % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return (10 - (sum % 10)) % 10 === Number(value[10]) ? undefined : 'identifier-luhn-check';
}

/** Nine digits: the digits of the doubled even places and those of the odd places sum up to the last. */
export function checkAic(value: string): MessageId | undefined {
  if (!/^[0-9]{9}$/.test(value)) return 'identifier-aic-form';
  let sum = 0;
  for (let at = 0; at < 8; at += 1) {
    const doubled = Number(value[at]) * (at % 2 === 0 ? 1 : 2);
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === Number(value[8]) ? undefined : 'identifier-aic-check';
}
