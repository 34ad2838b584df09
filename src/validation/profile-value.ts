/** What profiles ask of a value beyond its type: its length, its being there, the languages of a narrative. */
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import { type Run, report } from './issues.ts';
import { objectsOf } from './profile-element.ts';
import type { ProfileNode } from './profile-node.ts';
import type { Item } from './shapes.ts';
import { languageSections } from './xhtml-languages.ts';

type ValueCheck = (item: Item, run: Run, depth: number) => void;

/** The checks that a node asks for. */
export function valueChecks(node: ProfileNode): readonly ValueCheck[] {
  const { minLength, mustHaveValue, valueAlternatives, narrativeLanguages, name } = node;
  return [
    minLength === undefined ? undefined : lengthCheck(name, minLength),
    mustHaveValue === undefined ? undefined : presenceCheck(name),
    valueAlternatives === undefined ? undefined : alternativeCheck(name, valueAlternatives),
    narrativeLanguages === undefined ? undefined : narrativeCheck(narrativeLanguages),
  ].filter((check) => check !== undefined);
}

/** http://hl7.org/fhir/StructureDefinition/minLength */
function lengthCheck(element: string, min: number): ValueCheck {
  return ({ value }, run, depth) => {
    if (typeof value !== 'string' || value.length >= min) return;
    report(run, depth, 'text-too-short', { parameters: { element, length: value.length, min } });
  };
}

/** http://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.mustHaveValue */
function presenceCheck(element: string): ValueCheck {
  return ({ value }, run, depth) => {
    if (value === undefined) report(run, depth, 'value-missing', { parameters: { element } });
  };
}

/** http://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.valueAlternatives */
function alternativeCheck(element: string, urls: readonly string[]): ValueCheck {
  return ({ value, sibling }, run, depth) => {
    if (value !== undefined || hasExtension(sibling, urls)) return;
    report(run, depth, 'value-alternative-missing', { parameters: { element, urls } });
  };
}

function hasExtension(sibling: JsonObject | undefined, urls: readonly string[]): boolean {
  return objectsOf(sibling?.['extension']).some(({ url }) => typeof url === 'string' && urls.includes(url));
}

/** http://hl7.org/fhir/StructureDefinition/narrative-language-control: whether the narrative has a section for a language. */
function narrativeCheck(wanted: readonly string[]): ValueCheck {
  return ({ value }, run, depth) => {
    const div = isJsonObject(value) ? value['div'] : undefined;
    if (typeof div !== 'string') return;
    const languages = languageSections(div);
    for (const one of wanted) checkLanguage(one, languages, run, depth);
  };
}

function checkLanguage(wanted: string, languages: readonly string[], run: Run, depth: number): void {
  const found = languages.join(', ');
  const { language } = run.environment.resource as { readonly language?: JsonValue };
  const needed = wanted === '_resource' ? language : wanted;
  if (wanted === '_no') {
    if (languages.length > 0) report(run, depth, 'narrative-language-prohibited', { parameters: { languages: found } });
  } else if (wanted === '_yes') {
    if (languages.length === 0) report(run, depth, 'narrative-language-missing');
  } else if (typeof needed === 'string' && !languages.includes(needed)) {
    report(run, depth, 'narrative-language-wanted', { parameters: { language: needed } });
  }
}
