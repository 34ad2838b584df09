/** Strings that expressions make: paid for by their length, because a repeated doubling would fill the memory. */
import { type Scope, spend } from './code.ts';
import { type Collection, evaluationError, stringCollection } from './node.ts';

const charactersMax = 10_000_000;
const charactersPerStep = 100;

/** Counts the characters that a function reads or makes as visited elements. */
export function spendText(scope: Scope, characters: number): void {
  if (characters > charactersMax) throw evaluationError(`a text is longer than ${charactersMax} characters`);
  spend(scope.meter, characters / charactersPerStep);
}

export function joinTexts(texts: readonly string[], separator: string, scope: Scope): Collection {
  const characters = texts.reduce((sum, text) => sum + text.length + separator.length, 0);
  spendText(scope, characters);
  return stringCollection(texts.join(separator));
}
