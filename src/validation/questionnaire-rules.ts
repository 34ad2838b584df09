/** What R4 says of a Questionnaire beyond its invariants. https://hl7.org/fhir/R4/questionnaire-definitions.html */
import { limits } from '../fhir/limits.ts';
import type { JsonObject, JsonValue } from '../fhir/types.ts';
import { enterStep, type Run, report } from './issues.ts';
import { echo } from './messages.ts';
import { objectsOf } from './profile-element.ts';

/** "question: The linkId for the question whose answer (or lack of answer) governs whether this item is enabled". */
export function checkQuestionnaire(questionnaire: JsonObject, run: Run, depth: number): void {
  const order = new Map<JsonValue, number>();
  list(questionnaire, order);
  checkItems(questionnaire, order, run, depth);
}

/** The questions by linkId, with their places in the order in which they are asked. */
function list(parent: JsonObject, order: Map<JsonValue, number>, depth = 0): void {
  if (depth > limits.jsonDepthMax) return;
  for (const item of objectsOf(parent['item'])) {
    if (item['linkId'] !== undefined && !order.has(item['linkId'])) order.set(item['linkId'], order.size);
    list(item, order, depth + 1);
  }
}

function checkItems(parent: JsonObject, order: ReadonlyMap<JsonValue, number>, run: Run, depth: number): void {
  for (const [position, item] of objectsOf(parent['item']).entries()) {
    if (run.full || depth > limits.jsonDepthMax) return;
    enterStep(run, depth, 'item', position);
    for (const [place, { question }] of objectsOf(item['enableWhen']).entries()) {
      enterStep(run, depth + 1, 'enableWhen', place);
      if (question !== undefined) checkQuestion(question, item, order, run, depth + 2);
    }
    checkItems(item, order, run, depth + 1);
  }
}

function checkQuestion(
  question: JsonValue,
  { linkId }: JsonObject,
  order: ReadonlyMap<JsonValue, number>,
  run: Run,
  depth: number,
): void {
  const [target, own] = [order.get(question), linkId === undefined ? undefined : order.get(linkId)];
  if (target === undefined) report(run, depth, 'questionnaire-target-missing', { parameters: { question: echo(question) } });
  else if (question === linkId) report(run, depth, 'questionnaire-target-itself');
  else if (own !== undefined && target > own) report(run, depth, 'questionnaire-target-later');
}
