/** References: their form, and whether what they name may stand there. https://hl7.org/fhir/R4/references.html */
import type { Definitions } from '../definitions/definitions.ts';
import { isJsonObject, type JsonObject, type Resource } from '../fhir/types.ts';
import { type BundleIndex, matchesInBundle, resolveInBundle } from './bundle-index.ts';
import { containedWith } from './canonicals.ts';
import { elementName, type Rule, type Run, report } from './issues.ts';

const coreUrl = 'http://hl7.org/fhir/StructureDefinition/';

/** The resource types that target canonicals come down to; undefined when any type may stand there. */
export function targetTypes(
  targetProfiles: readonly string[] | undefined,
  definitions: Definitions,
): readonly string[] | undefined {
  if (targetProfiles === undefined || targetProfiles.length === 0) return undefined;
  const types = targetProfiles.map((canonical) => typeOfCanonical(canonical, definitions));
  return types.some((type) => type === undefined || type === 'Resource' || type === 'DomainResource')
    ? undefined
    : [...new Set(types.filter((type) => type !== undefined))];
}

/** The type that a canonical of a type or profile speaks of; undefined when the canonical is not known. */
export function typeOfCanonical(canonical: string, definitions: Definitions): string | undefined {
  const url = canonical.split('|')[0] ?? canonical;
  const name = url.startsWith(coreUrl) ? url.slice(coreUrl.length) : '';
  if (definitions.type(name) !== undefined) return name;
  const type = definitions.conformance(url)?.['type'];
  return typeof type === 'string' ? type : undefined;
}

/** The rule that a reference names one of some types. */
export function referenceRule(targetProfiles: readonly string[] | undefined, definitions: Definitions): Rule | undefined {
  const types = targetTypes(targetProfiles, definitions);
  if (types === undefined) return undefined;
  const allowed = new Set(types);
  return (value, run, depth) => {
    const found = isJsonObject(value) ? targetType(value, run) : undefined;
    if (found === undefined || allowed.has(found)) return;
    report(run, depth, 'reference-target', { parameters: { element: elementName(run, depth), found, types } });
  };
}

/** The type of the resource a Reference names, as far as its text, the bundle or `Reference.type` tell. */
export function targetType(reference: JsonObject, run: Run): string | undefined {
  const text = reference['reference'];
  const named =
    typeof text === 'string' ? (typeInUrl(text, run.tools.definitions) ?? resolveReference(text, run)?.resourceType) : undefined;
  if (named !== undefined) return named;
  const declared = reference['type'];
  return typeof declared === 'string' && run.tools.definitions.isResourceType(declared) ? declared : undefined;
}

/** `Patient` in `Patient/1`, `https://example/fhir/Patient/1/_history/2` and `Patient?identifier=…`. */
export function typeInUrl(reference: string, definitions: Definitions): string | undefined {
  if (reference.startsWith('#') || reference.startsWith('urn:')) return undefined;
  const query = reference.indexOf('?');
  let end = query < 0 ? reference.length : query;
  if (query < 0) {
    const version = reference.lastIndexOf('/_history/');
    end = reference.lastIndexOf('/', (version < 0 ? end : version) - 1);
  }
  if (end < 0) return undefined;
  const type = reference.slice(reference.lastIndexOf('/', end - 1) + 1, end);
  return definitions.isResourceType(type) ? type : undefined;
}

/** The resource that a literal reference names, when it is contained or in the same bundle. */
export function resolveReference(reference: string, run: Run): Resource | undefined {
  if (reference.startsWith('#')) {
    const root = run.environment.rootResource;
    return reference === '#' ? root : containedWith(root, reference.slice(1));
  }
  return run.bundle === undefined ? undefined : resolveInBundle(run.bundle, reference);
}

/** The same for FHIRPath: at least the type that the reference's own text tells. */
export function resolveTarget(reference: string, run: Run): { readonly resourceType: string } | undefined {
  const resource = resolveReference(reference, run);
  if (resource !== undefined) return resource;
  const resourceType = typeInUrl(reference, run.tools.definitions);
  return resourceType === undefined ? undefined : { resourceType };
}

/** What every Reference must be, wherever it stands: ref-1, a readable form, a type that fits. */
export function checkReference(reference: JsonObject, run: Run, depth: number): void {
  const text = reference['reference'];
  const declared = reference['type'];
  if (typeof text === 'string') checkLiteral(text, run, depth);
  else if (isSilent(reference)) report(run, depth, 'reference-empty');
  if (typeof declared === 'string') checkDeclaredType(declared, reference, run, depth);
}

/** Neither names nor describes anything. */
function isSilent(reference: JsonObject): boolean {
  return !speaking.some((name) => name in reference);
}

const speaking = ['reference', '_reference', 'identifier', 'display', '_display', 'extension'];

function checkLiteral(text: string, run: Run, depth: number): void {
  if (text.startsWith('#')) {
    if (resolveReference(text, run) === undefined) report(run, depth, 'reference-contained-missing');
  } else if (!isReferenceForm(text, run.tools.definitions)) {
    report(run, depth, 'reference-form', { parameters: { element: elementName(run, depth) } });
  } else if (run.bundle !== undefined) checkWithin(text, run.bundle, run, depth);
}

/** "If multiple matches are found, it is ambiguous"; and a urn: can be found nowhere but in the bundle. */
function checkWithin(text: string, bundle: BundleIndex, run: Run, depth: number): void {
  const { length } = matchesInBundle(bundle, text);
  const type = bundle.bundle['type'];
  if (length > 1 && type !== 'history') report(run, depth, 'bundle-reference-ambiguous', { parameters: { count: length } });
  const closed = type === 'document' || type === 'message' || type === 'transaction' || type === 'collection';
  if (length === 0 && closed && text.startsWith('urn:')) report(run, depth, 'bundle-reference-missing');
}

/** An absolute URL, or `Type/id` or `Type?query` with a type that exists. */
function isReferenceForm(text: string, definitions: Definitions): boolean {
  if (typeInUrl(text, definitions) === undefined && !/^[A-Za-z][A-Za-z0-9+.-]*:./.test(text)) return false;
  return !/\s/.test(text);
}

function checkDeclaredType(declared: string, reference: JsonObject, run: Run, depth: number): void {
  const { definitions } = run.tools;
  const type = declared.startsWith(coreUrl) ? declared.slice(coreUrl.length) : declared;
  const found = definitions.isResourceType(type) ? targetType({ reference: reference['reference'] ?? null }, run) : undefined;
  if (!definitions.isResourceType(type)) report(run, depth, 'reference-type-unknown');
  else if (found !== undefined && found !== type) {
    report(run, depth, 'reference-type-mismatch', { parameters: { declared: type, found } });
  }
}
