/** Tokens asked for by sets of codes: value sets, and what a code system's hierarchy has beneath or above a code. https://hl7.org/fhir/R4/search.html#token */
import type { CodeSet } from '../../definitions/definitions.ts';
import { limits } from '../../fhir/limits.ts';
import { tooCostly } from '../../fhir/outcome.ts';
import { parseReference } from '../../fhir/reference.ts';
import { type Criterion, or } from '../criterion.ts';
import { splitUnescaped } from '../escape.ts';
import { parameterElements } from '../parameter-elements.ts';
import { has, literal, refuse, type ValueRequest } from './definition.ts';
import { mimeTypeBase } from './mime-type.ts';

/** `:in`: the codes of a value set that is known here as a whole. */
export function inCriterion(request: ValueRequest): Criterion {
  return anyCode(request, [...knownSet(request, literal(request, request.value)).codes()], 'the value set');
}

const mimeTypes = 'http://hl7.org/fhir/ValueSet/mimetypes';

/** `:below`: a MIME type with whatever parameters (https://hl7.org/fhir/R4/search.html#mimetype), or a code and all that it subsumes. */
export function belowCriterion(request: ValueRequest): Criterion {
  if (!elementsOf(request).some((element) => element.binding?.valueSet === mimeTypes))
    return subsumptionCriterion(request, 'below');
  const code = literal(request, request.value).toLowerCase();
  if (mimeTypeBase(code) !== code) throw refuse(request, "':below' takes the base part of a MIME type, like 'text/xml'.");
  return or(has(request, { shape: 'token', code }), has(request, { shape: 'token', code }, ':below'));
}

/** `:below` is the code and all that it subsumes, `:above` the code and all that subsume it, in a code system known as a whole. */
export function subsumptionCriterion(request: ValueRequest, direction: 'above' | 'below'): Criterion {
  const [system, code] = systemAndCode(request);
  const { definitions } = request.settings;
  const names = definitions.equalSystems.group(system)?.systems ?? [system];
  const [hierarchy] = names.flatMap((name) => definitions.codeHierarchy(name) ?? []);
  if (hierarchy === undefined) {
    throw refuse(
      request,
      `':${direction}' needs all codes of the code system with their hierarchy, and this server does not have them; list the codes instead.`,
    );
  }
  const codes = hierarchy[direction](code);
  if (codes === undefined) throw refuse(request, `':${direction}' names a code that its code system does not have.`);
  return anyCode(
    request,
    codes.map((one) => ({ system, code: one })),
    'the branch of the code system',
  );
}

/** Of a code without its system, that of the one code in the element's binding. */
function systemAndCode(request: ValueRequest): readonly [system: string, code: string] {
  const parts = splitUnescaped(request.value, '|').map((part) => literal(request, part));
  const [first = '', second, ...more] = parts;
  if (second !== undefined) {
    if (first !== '' && second !== '' && more.length === 0) return [first, second];
    throw refuse(request, `':${request.modifier}' takes a code with its system, 'system|code'.`);
  }
  const { definitions } = request.settings;
  const bound = elementsOf(request).flatMap(({ binding }) => (binding === undefined ? [] : [binding.valueSet]));
  const codings = bound.flatMap((url) => [...(definitions.valueSet(url)?.codes() ?? [])]);
  const systems = new Set(codings.flatMap(({ system, code }) => (code.toLowerCase() === first.toLowerCase() ? [system] : [])));
  const [system] = systems;
  if (system === undefined || systems.size > 1)
    throw refuse(request, `':${request.modifier}' needs the code's system here: write 'system|code'.`);
  return [system, first];
}

function anyCode(
  request: ValueRequest,
  codings: readonly { readonly system: string; readonly code: string }[],
  what: string,
): Criterion {
  if (codings.length > limits.searchValuesMax) {
    throw tooCostly(
      `Search parameter '${request.parameter.code}': ${what} has more than ${limits.searchValuesMax} codes; ask for the codes you need.`,
    );
  }
  const bare = elementsOf(request).some((element) => element.type === 'code');
  const { equalSystems } = request.settings.definitions;
  const tests = codings.flatMap(({ system, code }) => {
    const folded = code.toLowerCase();
    return [{ system: equalSystems.preferred(system), code: folded }, ...(bare ? [{ system: '', code: folded }] : [])];
  });
  return or(...tests.map((test) => has(request, { shape: 'token', ...test })));
}

function knownSet(request: ValueRequest, reference: string): CodeSet {
  const set = storedSet(request, reference) ?? canonicalSet(request, reference);
  if (set === undefined)
    throw refuse(
      request,
      'the modifier names a value set, or a version of one, that is not known to this server; give the canonical of a known one, or ValueSet/[id].',
    );
  if (!set.complete) {
    throw refuse(
      request,
      'the modifier names a value set whose codes are not all known to this server, so the answer could be wrong; list the codes instead.',
    );
  }
  return set;
}

/** "If the server can treat the reference as a literal URL, it does, else it tries to match known logical ValueSet.url values." */
function storedSet({ settings }: ValueRequest, reference: string): CodeSet | undefined {
  const parsed = parseReference(reference, settings.baseUrl);
  if (parsed.kind !== 'local' || parsed.type !== 'ValueSet') return undefined;
  settings.border(parsed.type); // Refuses a caller to whom value sets are closed.
  const stored = settings.definitions.conformanceResources(parsed.type).find(({ id }) => id === parsed.id);
  return stored && settings.definitions.codesOf(stored);
}

function canonicalSet({ settings }: ValueRequest, canonical: string): CodeSet | undefined {
  const [url = '', version] = canonical.split('|');
  const set = settings.definitions.valueSet(url);
  return version === undefined || version === set?.version ? set : undefined;
}

function elementsOf({ settings, type, parameter }: ValueRequest) {
  return parameterElements(settings.definitions, type, parameter);
}
