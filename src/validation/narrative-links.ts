/** Links within a narrative: `#` and an id that must be somewhere in the narrative or the resource. https://hl7.org/fhir/R4/narrative.html#id */
import { isJsonObject, type JsonObject } from '../fhir/types.ts';
import { type Run, report } from './issues.ts';
import { visitValues } from './walk.ts';

/** Reports links of the resource's `text.div` that lead nowhere. */
export function checkNarrativeLinks(resource: JsonObject, run: Run, depth: number): void {
  const { text } = resource;
  const div = isJsonObject(text) ? text['div'] : undefined;
  if (typeof div !== 'string' || !div.includes('href="#')) return;
  const wanted = attributeValues(div, / href="#([^"]*)"/g).filter((id) => id !== '');
  const known = new Set([...attributeValues(div, / (?:id|name)="([^"]*)"/g), ...idsIn(resource)]);
  if (wanted.every((id) => known.has(id))) return;
  run.names[depth] = 'text';
  run.indexes[depth] = -1;
  run.names[depth + 1] = 'div';
  run.indexes[depth + 1] = -1;
  report(run, depth + 2, 'xhtml-fragment');
}

function attributeValues(div: string, pattern: RegExp): readonly string[] {
  return Array.from(div.matchAll(pattern), ([, value = '']) => value);
}

/** The ids of the resource, of those it contains, and of their elements. */
function idsIn(resource: JsonObject): readonly string[] {
  const ids: string[] = [];
  visitValues(resource, (value) => {
    const id = isJsonObject(value) ? value['id'] : undefined;
    if (typeof id === 'string') ids.push(id);
  });
  return ids;
}
