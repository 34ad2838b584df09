/** Whether a question is to be answered at all. https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen */
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import { objectsOf } from './profile-element.ts';
import { flattenItems } from './walk.ts';

/** The items of a response around a question, the nearest first. */
export type Surroundings = readonly Level[];

/** Items that stand beside each other, with all that stand beneath them, by linkId. */
export type Level = ReadonlyMap<JsonValue, readonly JsonObject[]>;

/** The level of some items. */
export function levelOf(items: readonly JsonObject[]): Level {
  const level = new Map<JsonValue, JsonObject[]>();
  for (const item of flattenItems(items, itemsBeneath)) {
    const { linkId } = item;
    const same = linkId === undefined ? undefined : level.get(linkId);
    if (same !== undefined) same.push(item);
    else if (linkId !== undefined) level.set(linkId, [item]);
  }
  return level;
}

/** Of a group, and of the answers to a question. */
function itemsBeneath({ item, answer }: JsonObject): readonly JsonObject[] {
  return [...objectsOf(item), ...objectsOf(answer).flatMap((one) => objectsOf(one['item']))];
}

/** "enableBehavior: Controls how multiple enableWhen values are interpreted - whether all or any must be true". */
export function isEnabled(item: JsonObject, around: Surroundings): boolean {
  const conditions = objectsOf(item['enableWhen']);
  if (conditions.length === 0) return true;
  const isMet = (condition: JsonObject): boolean => holds(condition, around);
  return item['enableBehavior'] === 'any' ? conditions.some(isMet) : conditions.every(isMet);
}

function holds(condition: JsonObject, around: Surroundings): boolean {
  const { question, operator } = condition;
  const expected = valueUnder(condition, 'answer');
  const answers = answersTo(question, around).map((answer) => valueUnder(answer, 'value'));
  if (operator === 'exists') return answers.length > 0 === expected;
  if (answers.length === 0 || expected === undefined) return false;
  const orders = answers.map((answer) => (answer === undefined ? undefined : compare(answer, expected)));
  if (operator === '!=') return orders.every((order) => order !== 0);
  return orders.some((order) => order !== undefined && isOrder(order, operator));
}

function isOrder(order: number, operator: JsonValue | undefined): boolean {
  switch (operator) {
    case '=':
      return order === 0;
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
    default:
      return false;
  }
}

/** Of the question's occurrences that are nearest: beside or beneath the item, else beside the item around it, and so on outwards. */
function answersTo(question: JsonValue | undefined, around: Surroundings): readonly JsonObject[] {
  if (question === undefined) return [];
  for (const level of around) {
    const found = level.get(question);
    if (found !== undefined) return found.flatMap(({ answer }) => objectsOf(answer));
  }
  return [];
}

/** The value of `value[x]` or `answer[x]`, whatever its type. */
export function valueUnder(object: JsonObject, prefix: 'value' | 'answer' | 'initial'): JsonValue | undefined {
  const name = nameOf(object, prefix);
  return name === undefined ? undefined : object[name];
}

export function nameOf(object: JsonObject, prefix: string): string | undefined {
  return Object.keys(object).find((key) => key.startsWith(prefix) && /^[A-Z]/.test(key.slice(prefix.length)));
}

/** Negative, zero or positive; undefined when the two differ and have no order. */
function compare(answer: JsonValue, expected: JsonValue): number | undefined {
  if (typeof answer === 'number' && typeof expected === 'number') return answer - expected;
  if (typeof answer === 'string' && typeof expected === 'string') return answer < expected ? -1 : answer > expected ? 1 : 0;
  if (isJsonObject(answer) && isJsonObject(expected)) return compareObjects(answer, expected);
  return answer === expected ? 0 : undefined;
}

/** Codings by system and code, quantities of one unit by value. */
function compareObjects(answer: JsonObject, expected: JsonObject): number | undefined {
  const [left, right] = [answer['value'], expected['value']];
  const sameUnit = answer['code'] === expected['code'] && answer['system'] === expected['system'];
  if (typeof left === 'number' && typeof right === 'number') return sameUnit ? left - right : undefined;
  return sameUnit && answer['code'] !== undefined ? 0 : undefined;
}
