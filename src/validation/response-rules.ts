/** A QuestionnaireResponse against the Questionnaire it answers. https://hl7.org/fhir/R4/questionnaireresponse.html */
import { limits } from '../fhir/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { resolveCanonical } from './canonicals.ts';
import { isEnabled, levelOf, type Surroundings } from './enable-when.ts';
import { enterStep, type Run, report } from './issues.ts';
import { echo } from './messages.ts';
import { objectsOf } from './profile-element.ts';
import { checkAnswer } from './response-answers.ts';
import { flattenItems } from './walk.ts';

interface Walk {
  readonly run: Run;
  readonly questionnaire: Resource;
  /** What is missing may still come. */
  readonly unfinished: boolean;
  /** All questions by linkId, to tell one that is in the wrong place from one that there is not. */
  readonly known: ReadonlySet<JsonValue>;
}

export function checkResponse(response: JsonObject, run: Run, depth: number): void {
  const canonical = response['questionnaire'];
  if (typeof canonical !== 'string') {
    report(run, depth, 'questionnaire-not-named');
    return;
  }
  const questionnaire = resolveCanonical(canonical, run);
  if (questionnaire?.resourceType !== 'Questionnaire') {
    report(run, depth, 'questionnaire-unknown', { parameters: { canonical: canonical.slice(0, 200) } });
    return;
  }
  const known = new Set<JsonValue>();
  listQuestions(questionnaire, known);
  const unfinished = response['status'] === 'in-progress' || response['status'] === 'stopped';
  const walk: Walk = { run, questionnaire, unfinished, known };
  checkItems(questionnaire, response, [], walk, depth);
}

function listQuestions(questionnaire: JsonObject, known: Set<JsonValue>): void {
  const questions = flattenItems(objectsOf(questionnaire['item']), ({ item }) => objectsOf(item));
  for (const { linkId } of questions) if (linkId !== undefined) known.add(linkId);
}

/** The items of one level: of the response itself, of a group, or beneath an answer. */
function checkItems(asked: JsonObject, given: JsonObject, outer: Surroundings, walk: Walk, depth: number): void {
  const items = objectsOf(given['item']);
  if (depth > limits.jsonDepthMax || (items.length === 0 && asked['item'] === undefined)) return;
  const questions = new Map(objectsOf(asked['item']).map((question, place) => [question['linkId'], { question, place }]));
  checkPlaces(items, ({ linkId }) => (linkId === undefined ? undefined : questions.get(linkId)?.place), walk, depth);
  const own = byLink(items);
  const around = [levelOf(items), ...outer];
  for (const [linkId, { question }] of questions) checkQuestion(question, own.get(linkId) ?? [], around, walk, depth);
}

type Positioned = readonly [position: number, item: JsonObject];

function byLink(items: readonly JsonObject[]): ReadonlyMap<JsonValue | undefined, readonly Positioned[]> {
  const groups = new Map<JsonValue | undefined, Positioned[]>();
  for (const [position, item] of items.entries()) {
    const group = groups.get(item['linkId']);
    if (group === undefined) groups.set(item['linkId'], [[position, item]]);
    else group.push([position, item]);
  }
  return groups;
}

/** Each item has a question at this level, and the items come in the order of the questions. */
function checkPlaces(
  items: readonly JsonObject[],
  placeOf: (item: JsonObject) => number | undefined,
  walk: Walk,
  depth: number,
): void {
  const { run } = walk;
  let last = 0;
  for (const [position, item] of items.entries()) {
    if (run.full) return;
    const place = placeOf(item);
    enterStep(run, depth, 'item', position);
    if (place === undefined) sayStray(item, walk, depth + 1);
    else if (place < last) report(run, depth + 1, 'response-order', { parameters: { link: echo(item['linkId']) } });
    last = Math.max(last, place ?? 0);
  }
}

function sayStray({ linkId }: JsonObject, { run, known }: Walk, depth: number): void {
  if (linkId === undefined) return;
  report(run, depth, known.has(linkId) ? 'response-misplaced' : 'response-link-unknown', { parameters: { link: echo(linkId) } });
}

function checkQuestion(question: JsonObject, own: readonly Positioned[], around: Surroundings, walk: Walk, depth: number): void {
  const { run } = walk;
  const link = echo(question['linkId']);
  const enabled = isEnabled(question, around);
  if (own.length === 0) {
    if (enabled && question['required'] === true) sayMissing(question, walk, depth);
    return;
  }
  if (own.length > 1 && question['repeats'] !== true) report(run, depth, 'response-repeats', { parameters: { link } });
  for (const [position, item] of own) {
    enterStep(run, depth, 'item', position);
    if (enabled) checkItem(question, item, around, walk, depth + 1);
    else if (hasAnswer(item)) report(run, depth + 1, 'response-disabled', { parameters: { link } });
  }
}

/** A response that is not finished yet is warned of what is missing. */
function sayMissing({ linkId }: JsonObject, { run, unfinished }: Walk, depth: number): void {
  const severity = unfinished ? 'warning' : 'error';
  report(run, depth, 'response-required', { severity, parameters: { link: echo(linkId) } });
}

function hasAnswer(item: JsonObject): boolean {
  return flattenItems([item], (one) => objectsOf(one['item'])).some(({ answer }) => objectsOf(answer).length > 0);
}

function checkItem(question: JsonObject, item: JsonObject, around: Surroundings, walk: Walk, depth: number): void {
  const { run } = walk;
  const { type, linkId } = question;
  const answers = objectsOf(item['answer']);
  const link = echo(linkId);
  checkText(question, item, run, depth);
  if (type === 'group') {
    if (answers.length > 0) report(run, depth, 'response-group-answer', { parameters: { link } });
    checkItems(question, item, around, walk, depth);
    return;
  }
  if (objectsOf(item['item']).length > 0) report(run, depth, 'response-items', { parameters: { link, type: echo(type) } });
  if (type === 'display') return;
  if (answers.length === 0 && question['required'] === true) sayMissing(question, walk, depth);
  if (answers.length > 1 && question['repeats'] !== true) report(run, depth, 'response-repeats', { parameters: { link } });
  for (const [position, answer] of answers.entries()) {
    enterStep(run, depth, 'answer', position);
    checkAnswer(question, answer, walk.questionnaire, run, depth + 1);
    checkItems(question, answer, around, walk, depth + 1);
  }
}

/** The text that was answered is that of the question, white space aside. */
function checkText(question: JsonObject, item: JsonObject, run: Run, depth: number): void {
  const [asked, given] = [question['text'], item['text']];
  if (typeof asked !== 'string' || typeof given !== 'string' || isJsonObject(question['_text'])) return;
  const plain = (text: string): string => text.trim().replace(/\s+/g, ' ');
  if (plain(asked) !== plain(given)) report(run, depth, 'response-text', { parameters: { link: echo(item['linkId']) } });
}
