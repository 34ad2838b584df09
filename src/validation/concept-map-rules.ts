/** What holds of a ConceptMap's codes: they are codes of the systems it maps between. https://hl7.org/fhir/R4/conceptmap.html */
import type { JsonObject, JsonValue } from '../fhir/types.ts';
import { enterStep, type Run, report } from './issues.ts';
import { echo } from './messages.ts';
import { objectsOf } from './profile-element.ts';

export function checkConceptMap(map: JsonObject, run: Run, depth: number): void {
  for (const [position, group] of objectsOf(map['group']).entries()) {
    enterStep(run, depth, 'group', position);
    for (const [place, element] of objectsOf(group['element']).entries()) {
      if (run.full) return;
      enterStep(run, depth + 1, 'element', place);
      checkCode(group['source'], element, run, depth + 2);
      for (const [at, target] of objectsOf(element['target']).entries()) {
        enterStep(run, depth + 2, 'target', at);
        checkCode(group['target'], target, run, depth + 3);
      }
    }
  }
}

function checkCode(url: JsonValue | undefined, { code }: JsonObject, run: Run, depth: number): void {
  if (typeof url !== 'string' || typeof code !== 'string') return;
  const system = run.tools.definitions.codeSystem(url);
  if (system?.complete !== true || system.has(code, url)) return;
  // A map may speak of another version of the system than the one at hand.
  report(run, depth, 'coding-code-unknown', { severity: 'warning', parameters: { value: echo(code), system: url } });
}
