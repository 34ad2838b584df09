/** Whether there is a narrative, and in which language. https://hl7.org/fhir/R4/narrative.html */
import { isJsonObject, type JsonObject } from '../fhir/types.ts';
import { type Run, report } from './issues.ts';
import { echo } from './messages.ts';
import { isMixed, languageOf, languageSections } from './xhtml-languages.ts';

/** "SHOULD have a narrative"; "contained resources do not have narrative". https://hl7.org/fhir/R4/domainresource.html */
export function checkNarrative({ text, language }: JsonObject, run: Run, depth: number): void {
  const { resource, rootResource } = run.environment;
  if (text === undefined && resource === rootResource) report(run, depth, 'narrative-missing', { rule: 'dom-6' });
  const div = isJsonObject(text) ? text['div'] : undefined;
  if (typeof div !== 'string' || !div.includes('lang=')) return;
  run.names[depth] = 'text';
  run.indexes[depth] = -1;
  run.names[depth + 1] = 'div';
  run.indexes[depth + 1] = -1;
  if (isMixed(div)) report(run, depth + 2, 'narrative-language-mixed');
  if (typeof language === 'string') checkLanguage(div, language, run, depth + 2);
}

/** The narrative is in the language of the resource, or has a section that is. */
function checkLanguage(div: string, language: string, run: Run, depth: number): void {
  const found = languageOf(div) ?? languageSections(div)[0];
  if (found === undefined || isSameLanguage(found, language)) return;
  if (languageSections(div).some((section) => isSameLanguage(section, language))) return;
  report(run, depth, 'narrative-language-differs', { parameters: { language: echo(language), found: echo(found) } });
}

function isSameLanguage(left: string, right: string): boolean {
  return left.split('-')[0]?.toLowerCase() === right.split('-')[0]?.toLowerCase();
}
