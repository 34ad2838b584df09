/** What R4 says of a StructureDefinition beyond its structure and invariants. https://hl7.org/fhir/R4/structuredefinition.html */
import { isJsonObject, type JsonObject } from '../fhir/types.ts';
import { enterStep, type Run, report } from './issues.ts';
import { objectsOf } from './profile-element.ts';
import { shapeKeys } from './shapes.ts';

/** "Binding can only be present for coded elements, string, and uri" (eld-11, which looks only where the element names its types). */
const bindable = new Set(['code', 'Coding', 'CodeableConcept', 'Quantity', 'string', 'uri', 'Extension']);

export function checkStructureDefinition(definition: JsonObject, run: Run, depth: number): void {
  const { differential, type, context } = definition;
  if (isJsonObject(differential)) {
    enterStep(run, depth, 'differential');
    for (const [position, element] of objectsOf(differential['element']).entries()) {
      if (run.full) return;
      enterStep(run, depth + 1, 'element', position);
      checkBinding(element, run, depth + 2);
    }
  }
  if (type !== 'Extension') return;
  for (const [position, one] of objectsOf(context).entries()) {
    enterStep(run, depth, 'context', position);
    if (one['type'] === 'element' && one['expression'] === 'Element') report(run, depth + 1, 'extension-context-any');
  }
}

function checkBinding({ binding, type, path }: JsonObject, run: Run, depth: number): void {
  if (binding === undefined || type !== undefined || typeof path !== 'string' || !path.includes('.')) return;
  const types = typesAt(path, run);
  if (types.length > 0 && !types.some((code) => bindable.has(code)))
    report(run, depth, 'definition-binding', { rule: 'eld-11', parameters: { types } });
}

/** The types that R4 has at a path; none when it is not a path of R4. */
function typesAt(path: string, { tools }: Run): readonly string[] {
  const [type = '', ...names] = path.split('.');
  let keys: readonly string[] = [type];
  for (const name of names) {
    const elements = keys.flatMap((key) => tools.shapeOf(key)?.get(name.replace('[x]', '')) ?? []);
    keys = elements.flatMap(shapeKeys);
  }
  return keys;
}
