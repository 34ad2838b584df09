/** https://hl7.org/fhir/R4/codesystem-operation-lookup.html */
import { notFound, required } from '../../fhir/outcome.ts';
import type { JsonObject, JsonValue, Resource } from '../../fhir/types.ts';
import type { FhirRequest, FhirResponse, OperationDefinition, ServerContext } from '../../interactions/context.ts';
import { parametersResource } from '../parameters.ts';
import { type ConceptDetails, displayIn, readConcepts, textOf } from './concepts.ts';
import { findCodeSystem } from './find.ts';
import { type Inputs, readInputs, shown } from './inputs.ts';

export const lookup: OperationDefinition = {
  code: 'lookup',
  levels: ['type'],
  types: ['CodeSystem'],
  affectsState: false,
  openToPatients: true,
  definition: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-lookup',
  run,
};

const names = {
  known: ['code', 'system', 'version', 'coding', 'displayLanguage', 'property'],
  refused: { date: 'only the definitions of today are known here.' },
};

async function run(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const inputs = readInputs(request, names, context);
  const { system: url, code, version } = readCode(inputs);
  const system = findCodeSystem(url, version, request, context);
  const concepts = readConcepts(system);
  const concept = concepts.get(code);
  if (concept === undefined) {
    const known = system['content'] === 'complete' ? '' : ', as far as its codes are known here';
    throw notFound(`The code system ${shown(url)} has no code ${shown(code)}${known}.`);
  }
  return { status: 200, resource: describe(concept, system, concepts, inputs) };
}

/** "If a code is provided, a system must be provided"; "one (and only one) of the code and coding". */
function readCode(inputs: Inputs): { readonly system: string; readonly code: string; readonly version: string | undefined } {
  const [code, coding] = [inputs.text('code'), inputs.object('coding')];
  if ((code === undefined) === (coding === undefined))
    throw required("Either 'code' with 'system', or 'coding' must be given.", 'http.code');
  const system = coding === undefined ? inputs.text('system') : textOf(coding['system']);
  const named = code ?? textOf(coding?.['code']);
  if (system === undefined || named === undefined) throw required('The code and its system must be given.', 'http.system');
  return { system, code: named, version: inputs.text('version') ?? textOf(coding?.['version']) };
}

function describe(
  concept: ConceptDetails,
  system: Resource,
  concepts: ReadonlyMap<string, ConceptDetails>,
  inputs: Inputs,
): Resource {
  const version = textOf(system['version']);
  const asked = inputs.texts('property');
  const isAsked = (name: string) => asked.length === 0 || asked.includes(name);
  const display = displayIn(inputs.text('displayLanguage'), concept, undefined) ?? concept.code;
  return parametersResource(
    { name: 'name', valueString: textOf(system['title']) ?? textOf(system['name']) ?? String(system['url']) },
    ...(version === undefined ? [] : [{ name: 'version', valueString: version }]),
    { name: 'display', valueString: display },
    ...(isAsked('designation') ? concept.designations.map(formatDesignation) : []),
    ...properties(concept, concepts)
      .filter(({ code }) => isAsked(code))
      .map(formatProperty),
  );
}

interface Property {
  readonly code: string;
  /** `{ valueCode: 'x' }` */
  readonly value: JsonObject;
  readonly description?: string;
}

function properties(concept: ConceptDetails, concepts: ReadonlyMap<string, ConceptDetails>): readonly Property[] {
  const related = (code: string, targets: readonly string[]): readonly Property[] =>
    targets.map((target) => {
      const description = concepts.get(target)?.display;
      return { code, value: { valueCode: target }, ...(description === undefined ? {} : { description }) };
    });
  const own = concept.properties.flatMap(({ code, ...rest }): readonly Property[] =>
    // What these say is among parent and child already.
    typeof code === 'string' && !['parent', 'subsumedBy', 'child'].includes(code) ? [{ code, value: typedValue(rest) }] : [],
  );
  const definition: readonly Property[] =
    concept.definition === undefined ? [] : [{ code: 'definition', value: { valueString: concept.definition } }];
  return [...definition, ...related('parent', concept.parents), ...related('child', concept.children), ...own];
}

function typedValue(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([name]) => name.startsWith('value')));
}

function formatProperty({ code, value, description }: Property): JsonObject {
  const part: JsonObject[] = [
    { name: 'code', valueCode: code },
    { name: 'value', ...value },
  ];
  if (description !== undefined) part.push({ name: 'description', valueString: description });
  return { name: 'property', part };
}

function formatDesignation({ language, use, value }: JsonObject): JsonObject {
  const part: JsonObject[] = [];
  const add = (name: string, member: string, given: JsonValue | undefined) =>
    given !== undefined && part.push({ name, [member]: given });
  add('language', 'valueCode', language);
  add('use', 'valueCoding', use);
  add('value', 'valueString', value);
  return { name: 'designation', part };
}
