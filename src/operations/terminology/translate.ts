/** https://hl7.org/fhir/R4/conceptmap-operation-translate.html */
import { notFound, required } from '../../fhir/outcome.ts';
import type { JsonObject, Resource } from '../../fhir/types.ts';
import type { FhirRequest, FhirResponse, OperationDefinition, ServerContext } from '../../interactions/context.ts';
import { parametersResource } from '../parameters.ts';
import { objectsOf, textOf } from './concepts.ts';
import { givenResource, mayKnow } from './find.ts';
import { type Inputs, readInputs, shown } from './inputs.ts';
import { type Code, type Match, translateCode } from './map-codes.ts';

export const translate: OperationDefinition = {
  code: 'translate',
  levels: ['type', 'instance'],
  types: ['ConceptMap'],
  affectsState: false,
  openToPatients: true,
  definition: 'http://hl7.org/fhir/OperationDefinition/ConceptMap-translate',
  run,
};

const names = {
  known: [
    ...['url', 'conceptMap', 'conceptMapVersion', 'code', 'system', 'source', 'coding', 'codeableConcept', 'target'],
    ...['targetsystem', 'reverse'],
  ],
  refused: {
    version: 'of each code system one version is known here.',
    dependency: 'maps are followed without further conditions.',
  },
};

async function run(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const inputs = readInputs(request, names, context);
  const codes = readCodes(inputs);
  const maps = await findMaps(request, inputs, context);
  const target = inputs.text('targetsystem');
  const options = { reverse: inputs.boolean('reverse') === true, ...(target === undefined ? {} : { target }) };
  const matches = maps.flatMap((map) => codes.flatMap((code) => translateCode(code, map, options, context.definitions)));
  return { status: 200, resource: answer(matches) };
}

/** "One (and only one) of the in parameters (code, coding, codeableConcept) must be provided." */
function readCodes(inputs: Inputs): readonly Code[] {
  const [code, coding, concept] = [inputs.text('code'), inputs.object('coding'), inputs.object('codeableConcept')];
  if ([code, coding, concept].filter((given) => given !== undefined).length !== 1)
    throw required("Exactly one of 'code', 'coding' and 'codeableConcept' must be given.", 'http.code');
  if (code === undefined) return (coding === undefined ? objectsOf(concept?.['coding']) : [coding]).map(readCoding);
  const system = inputs.text('system');
  if (system === undefined) throw required("A 'code' needs its 'system'.", 'http.system');
  return [{ system, code }];
}

function readCoding({ system, code }: JsonObject): Code {
  return { system: textOf(system) ?? '', code: textOf(code) ?? '' };
}

/** The map that is named, or all from the source to the target value set. */
async function findMaps(request: FhirRequest, inputs: Inputs, context: ServerContext): Promise<readonly Resource[]> {
  const { definitions } = context;
  const given = await givenResource(request, inputs.resource('conceptMap', 'ConceptMap'), context);
  if (given !== undefined) return [given];
  const url = inputs.text('url');
  if (url !== undefined) {
    const version = inputs.text('conceptMapVersion');
    const canonical = version === undefined ? url : `${url}|${version}`;
    const map = mayKnow(url, 'ConceptMap', request, definitions) ? definitions.conformance(canonical) : undefined;
    if (map?.resourceType !== 'ConceptMap') throw notFound(`The concept map ${shown(canonical)} is not known here.`);
    return [map];
  }
  const [source, target] = [inputs.text('source'), inputs.text('target')];
  if (source === undefined && target === undefined && inputs.text('targetsystem') === undefined)
    throw required("A concept map must be named by 'url', or the value sets by 'source' and 'target'.", 'http.url');
  const reverse = inputs.boolean('reverse') === true;
  const [from, to] = reverse ? [target, source] : [source, target];
  const maps = definitions
    .conceptMaps()
    .filter(
      (map) =>
        mayKnow(String(map['url']), 'ConceptMap', request, definitions) && isFor(map, 'source', from) && isFor(map, 'target', to),
    );
  if (maps.length === 0) throw notFound('No concept map between these value sets is known here.');
  return maps;
}

function isFor(map: Resource, side: 'source' | 'target', wanted: string | undefined): boolean {
  const stated = textOf(map[`${side}Canonical`]) ?? textOf(map[`${side}Uri`]);
  return wanted === undefined || stated?.replace(/\|.*$/, '') === wanted.replace(/\|.*$/, '');
}

/** "The value can only be true if at least one returned match has an equivalence which is not unmatched or disjoint." */
function answer(matches: readonly Match[]): Resource {
  const result = matches.some(({ equivalence }) => equivalence !== 'unmatched' && equivalence !== 'disjoint');
  const message = matches.length === 0 ? [{ name: 'message', valueString: 'No map has an entry for the code.' }] : [];
  return parametersResource({ name: 'result', valueBoolean: result }, ...message, ...matches.map(formatMatch));
}

function formatMatch({ equivalence, concept, products, source }: Match): JsonObject {
  const part: JsonObject[] = [{ name: 'equivalence', valueCode: equivalence }];
  if (concept !== undefined) part.push({ name: 'concept', valueCoding: concept });
  for (const { element, coding } of products) {
    part.push({
      name: 'product',
      part: [
        { name: 'element', valueUri: element },
        { name: 'concept', valueCoding: coding },
      ],
    });
  }
  if (source !== undefined) part.push({ name: 'source', valueUri: source });
  return { name: 'match', part };
}
