/** One answer against its question: type, options, length. https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.type */
import type { CodeSet } from '../definitions/definitions.ts';
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { containedWith } from './canonicals.ts';
import { nameOf } from './enable-when.ts';
import { matchesPattern } from './fixed-values.ts';
import { type Run, report } from './issues.ts';
import { echo } from './messages.ts';
import { objectsOf } from './profile-element.ts';

const choices = ['Coding', 'Integer', 'Date', 'Time', 'String', 'Reference'];

/** The types an answer may have, as they end the name `value[x]`. */
const typesOf: Readonly<Record<string, readonly string[]>> = {
  boolean: ['Boolean'],
  decimal: ['Decimal'],
  integer: ['Integer'],
  date: ['Date'],
  dateTime: ['DateTime'],
  time: ['Time'],
  string: ['String'],
  text: ['String'],
  url: ['Uri'],
  choice: choices,
  'open-choice': choices,
  attachment: ['Attachment'],
  reference: ['Reference'],
  quantity: ['Quantity'],
};

export function checkAnswer(question: JsonObject, answer: JsonObject, questionnaire: Resource, run: Run, depth: number): void {
  const { type, maxLength, linkId } = question;
  const name = nameOf(answer, 'value');
  const types = typeof type === 'string' && Object.hasOwn(typesOf, type) ? typesOf[type] : undefined;
  if (name === undefined || types === undefined) return;
  const value = answer[name];
  const found = name.slice('value'.length);
  if (!types.includes(found)) {
    report(run, depth, 'response-answer-type', { parameters: { link: echo(linkId), types, found } });
    return;
  }
  if (typeof value === 'string' && typeof maxLength === 'number' && value.length > maxLength) {
    report(run, depth, 'text-too-long', { parameters: { element: 'answer', length: value.length, max: maxLength } });
  }
  if (value === undefined || types !== choices) return;
  const options = objectsOf(question['answerOption']);
  if (options.length > 0) checkOptions(value, options, type === 'open-choice', run, depth);
  else if (typeof question['answerValueSet'] === 'string') checkSet(value, question['answerValueSet'], questionnaire, run, depth);
}

/** "answerOption: One of the permitted answers"; in an open choice any text may be given. */
function checkOptions(value: JsonValue, options: readonly JsonObject[], open: boolean, run: Run, depth: number): void {
  const values = options.flatMap((option) => option[nameOf(option, 'value') ?? ''] ?? []);
  if (values.some((option) => isOption(value, option))) return;
  if (typeof value !== 'string') report(run, depth, 'response-option', { parameters: { value: echoOf(value) } });
  else if (values.some((option) => isJsonObject(option) && option['display'] === value))
    report(run, depth, 'response-option-text');
  else if (!open) report(run, depth, 'response-option', { parameters: { value: echoOf(value) } });
}

/** Codings by system and code: the display may be in another language. */
function isOption(value: JsonValue, option: JsonValue): boolean {
  if (!isJsonObject(value) || !isJsonObject(option)) return value === option;
  const { code, system, reference } = option;
  const wanted = Object.fromEntries(Object.entries({ code, system, reference }).filter(([, part]) => part !== undefined));
  // Object.entries gives no undefined, as just filtered.
  return matchesPattern(value, wanted as JsonObject);
}

/** "answerValueSet: A reference to a value set containing a list of codes representing permitted answers". */
function checkSet(value: JsonValue, canonical: string, questionnaire: Resource, run: Run, depth: number): void {
  if (!isJsonObject(value)) return;
  const set = setOf(canonical, questionnaire, run);
  const { code, system } = value;
  if (set === undefined || !set.complete) {
    if (!run.said.has(canonical))
      report(run, depth, 'binding-not-checked', { parameters: { element: 'answer', valueSet: canonical } });
    run.said.add(canonical);
  } else if (typeof code !== 'string' || !set.has(code, typeof system === 'string' ? system : undefined)) {
    report(run, depth, 'response-option', { parameters: { value: echoOf(value) } });
  }
}

/** A questionnaire that is contained itself has its value sets beside it. */
function setOf(canonical: string, questionnaire: Resource, { tools, environment }: Run): CodeSet | undefined {
  if (!canonical.startsWith('#')) return tools.definitions.valueSet(canonical);
  const id = canonical.slice(1);
  const contained = containedWith(questionnaire, id) ?? containedWith(environment.rootResource, id);
  return contained?.resourceType === 'ValueSet' ? tools.definitions.codesOf(contained) : undefined;
}

function echoOf(value: JsonValue): string {
  return echo(isJsonObject(value) ? value['code'] : value);
}
