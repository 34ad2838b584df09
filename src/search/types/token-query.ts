/** Token values as asked. https://hl7.org/fhir/R4/search.html#token */
import type { CodeSet, Definitions } from '../../definitions/definitions.ts';
import { limits } from '../../fhir/limits.ts';
import { tooCostly } from '../../fhir/outcome.ts';
import { codiceFiscaleSystems, comparableIdentifier, looksLikeCodiceFiscale } from '../codice-fiscale.ts';
import { type Criterion, or } from '../criterion.ts';
import { splitUnescaped } from '../escape.ts';
import { fold } from '../fold.ts';
import { type ParameterElement, parameterElements } from '../parameter-elements.ts';
import { has, literal, refuse, type ValueRequest } from './definition.ts';

export function parseToken(request: ValueRequest): Criterion {
  switch (request.modifier) {
    case 'text':
      return textCriterion(request);
    case 'of-type':
      return ofTypeCriterion(request);
    case 'in':
    case 'not-in':
      return inCriterion(request);
    case 'below':
      return belowCriterion(request);
    default:
      return tokenCriterion(request, elementsOf(request));
  }
}

/** `system|code` against elements of the types given; of none, when it isn't known what they are. */
export function tokenCriterion(request: ValueRequest, elements: readonly ParameterElement[], derived = ''): Criterion {
  const parts = splitUnescaped(request.value, '|').map((part) => literal(request, part));
  const [first = '', second] = parts;
  if (parts.length > 2)
    throw refuse(request, "a token has one '|' at most, between system and code; write a '|' inside them as '\\|'.");
  if (second === undefined)
    return or(...codeTests(elements, first).map((test) => has(request, { shape: 'token', ...test }, derived)));
  if (first === '' && second === '') throw refuse(request, "the value has neither system nor code beside its '|'.");
  if (elements.length > 0 && elements.every((element) => withoutSystem.has(element.type))) {
    throw refuse(request, "the element has no system; write the code alone, without '|'.");
  }
  const tests = systemTests(request.settings.definitions, elements, first, second);
  return or(...tests.map((test) => has(request, { shape: 'token', ...test }, derived)));
}

/** "the presence of the pipe symbol SHALL NOT be used - only the [parameter]=[code] form is allowed" */
const withoutSystem: ReadonlySet<string> = new Set(['ContactPoint', 'uri', 'url', 'boolean', 'id', 'string']);

interface TokenTest {
  readonly system?: string;
  readonly code?: string;
}

function codeTests(elements: readonly ParameterElement[], code: string): readonly TokenTest[] {
  const forms = codeForms(elements, code).map((form) => ({ code: form }));
  const capitals = code.toUpperCase();
  const mayBeTaxCode = looksLikeCodiceFiscale(code) && capitals !== code && hasType(elements, identifierTypes);
  return mayBeTaxCode ? [...forms, ...codiceFiscaleSystems.map((system) => ({ system, code: capitals }))] : forms;
}

function systemTests(
  definitions: Definitions,
  elements: readonly ParameterElement[],
  system: string,
  code: string,
): readonly TokenTest[] {
  const implicit = system !== '' && elements.some((element) => isImplicit(definitions, element, system, code));
  if (code === '') return [{ system }, ...(implicit ? [{ system: '' }] : [])];
  const forms = new Set(codeForms(elements, code));
  if (hasType(elements, identifierTypes)) forms.add(comparableIdentifier(system, code));
  const tests = [...forms].map((form) => ({ system, code: form }));
  return implicit ? [...tests, { system: '', code: code.toLowerCase() }] : tests;
}

/** "the system is defined in the value set": a `code` is indexed without a system, so one that is asked is looked up in the binding. */
function isImplicit(definitions: Definitions, element: ParameterElement, system: string, code: string): boolean {
  if (element.type === 'boolean') return system === 'http://hl7.org/fhir/special-values';
  if (element.type !== 'code' || element.binding === undefined) return false;
  const set = definitions.valueSet(element.binding.valueSet);
  if (set === undefined) return false;
  return code === '' ? [...set.codes()].some((coding) => coding.system === system) : set.has(code, system);
}

const identifierTypes: ReadonlySet<string> = new Set(['Identifier']);
const caseKeptTypes: ReadonlySet<string> = new Set(['Identifier', 'id', 'uri', 'url', 'canonical', 'oid', 'uuid']);
const caseFoldedTypes: ReadonlySet<string> = new Set(['Coding', 'CodeableConcept', 'code', 'boolean', 'string', 'markdown']);
const contactTypes: ReadonlySet<string> = new Set(['ContactPoint']);

/** A code as the index may hold it, by the types of the elements it may come from. */
function codeForms(elements: readonly ParameterElement[], code: string): readonly string[] {
  const forms = new Set<string>();
  if (hasType(elements, caseKeptTypes)) forms.add(code);
  if (hasType(elements, caseFoldedTypes)) forms.add(code.toLowerCase());
  if (hasType(elements, contactTypes)) forms.add(comparableContact(code));
  return forms.size === 0 ? [code] : [...forms];
}

function hasType(elements: readonly ParameterElement[], types: ReadonlySet<string>): boolean {
  return elements.length === 0 || elements.some((element) => types.has(element.type));
}

/** "token searches on ContactPoint may use special handling, such as ignoring punctuation": in what looks like a telephone number. */
export function comparableContact(value: string): string {
  return /^\+?[\d\s().\-/]+$/.test(value) ? value.replace(/[^\d+]/g, '') : value.toLowerCase();
}

function elementsOf(request: ValueRequest): readonly ParameterElement[] {
  return parameterElements(request.settings.definitions, request.type, request.parameter);
}

function textCriterion(request: ValueRequest): Criterion {
  const value = fold(literal(request, request.value));
  if (value === '') throw refuse(request, 'the value has no letter and no digit, and nothing else is compared.');
  return has(request, { shape: 'string', match: 'prefix', value }, ':text');
}

/** "The search parameter has the format system|code|value […]. All 3 parts must be present". */
function ofTypeCriterion(request: ValueRequest): Criterion {
  const parts = splitUnescaped(request.value, '|').map((part) => literal(request, part));
  const [system = '', code = '', value = ''] = parts;
  if (parts.length !== 3 || parts.includes(''))
    throw refuse(request, "':of-type' takes three parts: type system, type code and identifier value, 'system|code|value'.");
  const values = new Set([value, ...(looksLikeCodiceFiscale(value) ? [value.toUpperCase()] : [])]);
  const tests = [...values].map((form) => ({ shape: 'token', system, code: `${code.toLowerCase()}|${form}` }) as const);
  return or(...tests.map((test) => has(request, test, ':of-type')));
}

function inCriterion(request: ValueRequest): Criterion {
  const set = knownSet(request, literal(request, request.value));
  const codings = [...set.codes()];
  if (codings.length > limits.searchValuesMax) {
    throw tooCostly(
      `Search parameter '${request.parameter.code}': the value set has more than ${limits.searchValuesMax} codes; ask for the codes you need.`,
    );
  }
  const bare = elementsOf(request).some((element) => element.type === 'code');
  const tests = codings.flatMap(({ system, code }) => {
    const folded = code.toLowerCase();
    return bare
      ? [
          { system, code: folded },
          { system: '', code: folded },
        ]
      : [{ system, code: folded }];
  });
  return or(...tests.map((test) => has(request, { shape: 'token', ...test })));
}

function knownSet(request: ValueRequest, canonical: string): CodeSet {
  const set = request.settings.definitions.valueSet(canonical.split('|', 1)[0] ?? canonical);
  if (set === undefined)
    throw refuse(
      request,
      `':${request.modifier}' names a value set that is not known to this server; give the canonical of a known one.`,
    );
  if (!set.complete) {
    throw refuse(
      request,
      `':${request.modifier}' names a value set whose codes are not all known to this server, so the answer could be wrong; list the codes instead.`,
    );
  }
  return set;
}

const mimeTypes = 'http://hl7.org/fhir/ValueSet/mimetypes';

/** https://hl7.org/fhir/R4/search.html#mimetype; of other codes the hierarchy isn't known. */
function belowCriterion(request: ValueRequest): Criterion {
  if (!elementsOf(request).some((element) => element.binding?.valueSet === mimeTypes)) {
    throw refuse(
      request,
      "':below' needs the hierarchy of the code system, which is not known to this server; list the codes instead.",
    );
  }
  const code = literal(request, request.value).toLowerCase();
  if (mimeTypeBase(code) !== code) throw refuse(request, "':below' takes the base part of a MIME type, like 'text/xml'.");
  return or(has(request, { shape: 'token', code }), has(request, { shape: 'token', code }, ':below'));
}

/** `text/xml` of `text/xml; charset=UTF-8`; undefined for what is no MIME type. */
export function mimeTypeBase(code: string): string | undefined {
  return /^([^/;\s]+\/[^/;\s]+)\s*(?:;.*)?$/s.exec(code)?.[1];
}
