/** https://hl7.org/fhir/R4/valueset-operation-validate-code.html and https://hl7.org/fhir/R4/codesystem-operation-validate-code.html */
import type { Definitions } from '../../definitions/definitions.ts';
import { required } from '../../fhir/outcome.ts';
import type { JsonObject, JsonValue, Resource } from '../../fhir/types.ts';
import type { FhirRequest, FhirResponse, OperationDefinition, ServerContext } from '../../interactions/context.ts';
import { fold } from '../../search/fold.ts';
import { parametersResource } from '../parameters.ts';
import { type ConceptDetails, displayIn, objectsOf, readConcepts, textOf } from './concepts.ts';
import { findCodeSystem, findValueSet, givenResource } from './find.ts';
import { type Inputs, notChecked, readInputs, shown } from './inputs.ts';

export const validateCodeInValueSet: OperationDefinition = {
  code: 'validate-code',
  levels: ['type', 'instance'],
  types: ['ValueSet'],
  affectsState: false,
  openToPatients: true,
  definition: 'http://hl7.org/fhir/OperationDefinition/ValueSet-validate-code',
  run: runOnValueSet,
};

export const validateCodeInCodeSystem: OperationDefinition = {
  code: 'validate-code',
  levels: ['type', 'instance'],
  types: ['CodeSystem'],
  affectsState: false,
  openToPatients: true,
  definition: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-validate-code',
  run: runOnCodeSystem,
};

const shared = ['url', 'code', 'display', 'coding', 'codeableConcept', 'abstract', 'displayLanguage'];
const date = 'only the definitions of today are known here.';
const valueSetNames = {
  known: [...shared, 'valueSet', 'valueSetVersion', 'system'],
  refused: { context: 'name the value set by its url.', systemVersion: 'of each code system one version is known here.', date },
};
const codeSystemNames = { known: [...shared, 'codeSystem', 'version'], refused: { date } };

interface Code {
  readonly system: string;
  readonly code: string;
  readonly display: string | undefined;
}

/** What codes are asked about. */
interface Range {
  /** For messages: `the value set http://…`. */
  readonly name: string;
  readonly complete: boolean;
  has(code: Code): boolean;
  /** What is known of a code: its own system's word, and the name it has in the range. */
  concept(code: Code): { readonly concept: ConceptDetails | undefined; readonly display: string | undefined };
}

async function runOnValueSet(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const inputs = readInputs(request, valueSetNames, context);
  const { set } = await findValueSet(request, inputs, context);
  const codes = readCodes(inputs, inputs.text('system'));
  const range: Range = {
    name: `the value set ${shown(set.url ?? '')}`.trim(),
    complete: set.complete,
    has: ({ system, code }) => set.has(code, system),
    concept: ({ system, code }) => {
      for (const member of set.codes())
        if (member.system === system && member.code === code)
          return { concept: conceptOf(system, code, context.definitions), display: member.display };
      return { concept: undefined, display: undefined };
    },
  };
  return answer(judge(codes, range, inputs));
}

async function runOnCodeSystem(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const inputs = readInputs(request, codeSystemNames, context);
  const system = await systemOf(request, inputs, context);
  const url = textOf(system['url']) ?? '';
  const concepts = readConcepts(system);
  const codes = readCodes(inputs, url);
  const range: Range = {
    name: `the code system ${shown(url)}`,
    complete: system['content'] === 'complete',
    has: (code) => code.system === url && concepts.has(code.code),
    concept: ({ code }) => ({ concept: concepts.get(code), display: undefined }),
  };
  // Of a code of another system it is certain that it is none of this one.
  const foreign = codes.every((code) => code.system !== url);
  return answer(judge(codes, foreign ? { ...range, complete: true } : range, inputs));
}

async function systemOf(request: FhirRequest, inputs: Inputs, context: ServerContext): Promise<Resource> {
  const given = await givenResource(request, inputs.resource('codeSystem', 'CodeSystem'), context);
  if (given !== undefined) return given;
  const url = inputs.text('url') ?? textOf(inputs.object('coding')?.['system']);
  if (url === undefined)
    throw required("A code system must be named: by 'url', by the parameter 'codeSystem', or by the id in the URL.", 'http.url');
  return findCodeSystem(url, inputs.text('version'), request, context);
}

/** "One (and only one) of the in parameters (code, coding, codeableConcept) must be provided." */
function readCodes(inputs: Inputs, system: string | undefined): readonly Code[] {
  const [code, coding, concept] = [inputs.text('code'), inputs.object('coding'), inputs.object('codeableConcept')];
  if ([code, coding, concept].filter((given) => given !== undefined).length !== 1)
    throw required("Exactly one of 'code', 'coding' and 'codeableConcept' must be given.", 'http.code');
  if (code === undefined) return (coding === undefined ? objectsOf(concept?.['coding']) : [coding]).map(readCoding);
  if (system === undefined) throw required("A 'code' needs its 'system'.", 'http.system');
  return [{ code, system, display: inputs.text('display') }];
}

function readCoding({ system, code, display }: JsonObject): Code {
  return { system: textOf(system) ?? '', code: textOf(code) ?? '', display: textOf(display) };
}

interface Verdict {
  readonly result: boolean;
  readonly message?: string;
  readonly display?: string;
}

/** Throws 422 when none of the codes is found where not all are known. */
function judge(codes: readonly Code[], range: Range, inputs: Inputs): Verdict {
  const found = codes.filter((code) => range.has(code));
  const [first] = found;
  if (first === undefined) {
    if (!range.complete)
      throw notChecked(`Not all codes of ${range.name} are known here, so it can't be said whether this one is in it.`);
    const named = codes.map(({ system, code }) => `${shown(code)} of ${shown(system)}`).join(', ');
    return { result: false, message: codes.length === 0 ? 'There is no code.' : `Not in ${range.name}: ${named}.` };
  }
  const verdicts = found.map((code) => judgeFound(code, range, inputs));
  return verdicts.find(({ result }) => result) ?? verdicts[0] ?? { result: true };
}

function judgeFound(code: Code, range: Range, inputs: Inputs): Verdict {
  const { concept, display: own } = range.concept(code);
  const display = displayIn(inputs.text('displayLanguage'), concept, own);
  const named = display === undefined ? {} : { display };
  if (inputs.boolean('abstract') === false && concept?.abstract === true)
    return {
      result: false,
      message: `${shown(code.code)} is abstract: it groups codes and is not to be chosen itself.`,
      ...named,
    };
  const texts = [own, concept?.display, ...(concept?.designations ?? []).map(({ value }) => textOf(value))];
  const known = texts.filter((text) => text !== undefined);
  if (code.display === undefined || known.length === 0 || known.some((text) => isSame(text, code.display ?? '')))
    return { result: true, ...named };
  return {
    result: false,
    message: `The display "${shown(code.display)}" is not one of ${shown(code.code)}: it is "${known[0]}".`,
    ...named,
  };
}

/** "Whether displays are case sensitive is code system dependent": here case, accents and punctuation don't count. */
function isSame(known: string, given: string): boolean {
  return known === given || (fold(known) === fold(given) && fold(known) !== '');
}

function conceptOf(system: string, code: string, definitions: Definitions): ConceptDetails | undefined {
  const resource = definitions.conformance(system);
  return resource?.resourceType === 'CodeSystem' ? readConcepts(resource).get(code) : undefined;
}

function answer({ result, message, display }: Verdict): FhirResponse {
  const parameters: JsonObject[] = [{ name: 'result', valueBoolean: result }];
  const add = (name: string, valueString: JsonValue | undefined) =>
    valueString !== undefined && parameters.push({ name, valueString });
  add('message', message);
  add('display', display);
  return { status: 200, resource: parametersResource(...parameters) };
}
