/** Extensions: content, url, whether they are known, whether they may stand where they stand. https://hl7.org/fhir/R4/extensibility.html */
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { checkContext, outerUrl } from './extension-context.ts';
import { elementName, type Run, report } from './issues.ts';
import { echo } from './messages.ts';
import { isAbsolute } from './primitive-text.ts';
import { objectsOf } from './profile-element.ts';

/** What every Extension must be, wherever it stands (ext-1 among it), and what its definition says when it is known. */
export function checkExtension(extension: JsonObject, run: Run, depth: number): void {
  checkContent(extension, run, depth);
  const url = extension['url'];
  if (typeof url !== 'string' || url === '') return;
  if (!isAbsolute(url)) {
    if (isPartOfExtension(run, depth)) checkPart(url, run, depth);
    else report(run, depth, 'extension-url-absolute');
    return;
  }
  const definition = run.tools.definitions.conformance(url);
  if (definition === undefined) reportUnknown(url, run, depth);
  else {
    checkUse(definition, extension, url, run, depth);
    const item = { value: extension, sibling: undefined, type: 'Extension', shown: 'extension', index: -1 };
    run.tools.applyProfile?.(url, item, run, depth);
  }
}

function checkContent(extension: JsonObject, run: Run, depth: number): void {
  let value = false;
  for (const name in extension) value ||= name.startsWith('value') || name.startsWith('_value');
  const inner = extension['extension'] !== undefined;
  if (value === inner) report(run, depth, value ? 'extension-both' : 'extension-neither', { rule: 'ext-1' });
}

function isPartOfExtension(run: Run, depth: number): boolean {
  const parent = depth >= 2 ? run.names[depth - 2] : undefined;
  return parent === 'extension' || parent === 'modifierExtension';
}

/** Within another extension, relative urls are names that the outer one defines. */
function checkPart(url: string, run: Run, depth: number): void {
  const outer = outerUrl(run, depth);
  const definition = typeof outer === 'string' ? run.tools.definitions.conformance(outer) : undefined;
  if (definition === undefined) return;
  const parts = elementsOf(definition).flatMap(({ id, fixedUri }) =>
    typeof id === 'string' && /^Extension\.(modifierE|e)xtension.*\.url$/.test(id) && typeof fixedUri === 'string'
      ? [fixedUri]
      : [],
  );
  if (!parts.includes(url))
    report(run, depth, 'extension-part-unknown', { parameters: { name: echo(url), url: String(outer), parts } });
}

/** "Applications SHALL NOT change the meaning of, or ignore, modifierExtensions": an unknown one can't be accepted. */
function reportUnknown(url: string, run: Run, depth: number): void {
  const modifier = elementName(run, depth) === 'modifierExtension';
  report(run, depth, modifier ? 'modifier-extension-unknown' : 'extension-unknown', { parameters: { url: url.slice(0, 200) } });
}

function checkUse(definition: Resource, extension: JsonObject, url: string, run: Run, depth: number): void {
  const asModifier = elementName(run, depth) === 'modifierExtension';
  if (asModifier !== isModifier(definition))
    report(run, depth, asModifier ? 'extension-not-modifier' : 'extension-is-modifier', { parameters: { url } });
  checkContext(definition, extension, url, run, depth);
}

function isModifier({ snapshot, differential }: Resource): boolean {
  const view = snapshot ?? differential;
  const elements = isJsonObject(view) ? view['element'] : undefined;
  const root: JsonValue | undefined = Array.isArray(elements) ? elements[0] : undefined;
  return isJsonObject(root) && root['isModifier'] === true;
}

function elementsOf({ snapshot, differential }: JsonObject): readonly JsonObject[] {
  const view = snapshot ?? differential;
  return isJsonObject(view) ? objectsOf(view['element']) : [];
}
