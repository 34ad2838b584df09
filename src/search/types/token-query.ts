/** Token values as asked. https://hl7.org/fhir/R4/search.html#token */
import type { Definitions } from '../../definitions/definitions.ts';
import { codiceFiscaleSystems, comparableIdentifier, omocodiaKey, variantForm } from '../codice-fiscale.ts';
import { type Criterion, or } from '../criterion.ts';
import { splitUnescaped } from '../escape.ts';
import { fold } from '../fold.ts';
import { type ParameterElement, parameterElements } from '../parameter-elements.ts';
import type { QuerySettings } from '../query.ts';
import { has, literal, refuse, type ValueRequest } from './definition.ts';
import { belowCriterion, inCriterion, subsumptionCriterion } from './token-sets.ts';

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
    case 'above':
      return subsumptionCriterion(request, 'above');
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
  if (second === undefined) return anyOf(request, codeTests(request, elements, first), derived);
  if (first === '' && second === '') throw refuse(request, "the value has neither system nor code beside its '|'.");
  if (elements.length > 0 && elements.every((element) => withoutSystem.has(element.type))) {
    throw refuse(request, "the element has no system; write the code alone, without '|'.");
  }
  return anyOf(request, systemTests(request, elements, first, second), derived);
}

function anyOf(request: ValueRequest, tests: readonly TokenTest[], derived: string): Criterion {
  return or(
    ...tests.map(({ variant, ...test }) =>
      has(request, { shape: 'token', ...test }, variant === true ? `${derived}${omocodiaKey}` : derived),
    ),
  );
}

/** "the presence of the pipe symbol SHALL NOT be used - only the [parameter]=[code] form is allowed" */
const withoutSystem: ReadonlySet<string> = new Set(['ContactPoint', 'uri', 'url', 'boolean', 'id', 'string']);

interface TokenTest {
  readonly system?: string;
  readonly code?: string;
  /** Asked of the forms that a codice fiscale shares with its variants. */
  readonly variant?: true;
}

function codeTests({ settings }: ValueRequest, elements: readonly ParameterElement[], code: string): readonly TokenTest[] {
  const forms = codeForms(elements, code).map((form) => ({ code: form }));
  if (!hasType(elements, identifierTypes)) return forms;
  const systems = codiceFiscaleSystems(settings.definitions.equalSystems, code);
  return [...forms, ...systems.flatMap((system) => identifierTests(settings, system, code))];
}

function systemTests(
  { settings }: ValueRequest,
  elements: readonly ParameterElement[],
  asked: string,
  code: string,
): readonly TokenTest[] {
  const { definitions } = settings;
  const { equalSystems } = definitions;
  const system = equalSystems.preferred(asked);
  const names = equalSystems.group(asked)?.systems ?? [asked];
  const implicit = asked !== '' && elements.some((element) => names.some((name) => isImplicit(definitions, element, name, code)));
  if (code === '') return [{ system }, ...(implicit ? [{ system: '' }] : [])];
  const identified = hasType(elements, identifierTypes) ? identifierTests(settings, system, code) : [];
  const forms = codeForms(elements, code).filter((form) => !identified.some((test) => test.code === form));
  const tests = [...forms.map((form) => ({ system, code: form })), ...identified];
  return implicit ? [...tests, { system: '', code: code.toLowerCase() }] : tests;
}

/** A codice fiscale as it is, as it would be without omocodia, and every variant that has that form. */
function identifierTests(settings: QuerySettings, system: string, value: string): readonly TokenTest[] {
  const { equalSystems } = settings.definitions;
  const written = comparableIdentifier(equalSystems, system, value);
  const plain = settings.exactIdentifiers === true ? undefined : variantForm(equalSystems, system, value);
  if (plain === undefined) return [{ system, code: written }];
  return [...new Set([written, plain])]
    .map((code): TokenTest => ({ system, code }))
    .concat({ system, code: plain, variant: true });
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
  const { equalSystems } = request.settings.definitions;
  const values = new Set([value, ...(codiceFiscaleSystems(equalSystems, value).length > 0 ? [value.toUpperCase()] : [])]);
  const tests = [...values].map(
    (form) => ({ shape: 'token', system: equalSystems.preferred(system), code: `${code.toLowerCase()}|${form}` }) as const,
  );
  return or(...tests.map((test) => has(request, test, ':of-type')));
}
