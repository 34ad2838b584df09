/** https://hl7.org/fhir/R4/codesystem-operation-subsumes.html */
import { openHierarchy } from '../../definitions/hierarchy.ts';
import { codeSystemConcepts, type RawCodeSystem } from '../../definitions/value-set.ts';
import { FhirError, invalidValue, required } from '../../fhir/outcome.ts';
import type { Resource } from '../../fhir/types.ts';
import type { FhirRequest, FhirResponse, OperationDefinition, ServerContext } from '../../interactions/context.ts';
import { parametersResource } from '../parameters.ts';
import { textOf } from './concepts.ts';
import { findCodeSystem, givenResource } from './find.ts';
import { type Inputs, notChecked, readInputs, shown } from './inputs.ts';

export const subsumes: OperationDefinition = {
  code: 'subsumes',
  levels: ['type', 'instance'],
  types: ['CodeSystem'],
  affectsState: false,
  openToPatients: true,
  definition: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-subsumes',
  run,
};

const names = { known: ['codeA', 'codeB', 'system', 'version', 'codingA', 'codingB'], refused: {} };

async function run(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const inputs = readInputs(request, names, context);
  const [a, b] = [readCode(inputs, 'A'), readCode(inputs, 'B')];
  const given = await givenResource(request, undefined, context);
  const url = systemOf(inputs, [a.system, b.system], textOf(given?.['url']));
  const system = given ?? findCodeSystem(url, inputs.text('version'), request, context);
  const valueCode = compare(a.code, b.code, system);
  return { status: 200, resource: parametersResource({ name: 'outcome', valueCode }) };
}

interface Code {
  readonly code: string;
  readonly system: string | undefined;
}

function readCode(inputs: Inputs, letter: 'A' | 'B'): Code {
  const [code, coding] = [inputs.text(`code${letter}`), inputs.object(`coding${letter}`)];
  const named = code ?? textOf(coding?.['code']);
  if (named === undefined || (code !== undefined && coding !== undefined))
    throw required(`Either 'code${letter}' or 'coding${letter}' must be given.`, `http.code${letter}`);
  return { code: named, system: textOf(coding?.['system']) };
}

/** "The system […] must be provided unless the operation is invoked on a code system instance, or Codings are given"; one for both. */
function systemOf(inputs: Inputs, ofCodings: readonly (string | undefined)[], ofInstance: string | undefined): string {
  const [system, other] = new Set([ofInstance, inputs.text('system'), ...ofCodings].filter((url) => url !== undefined));
  if (system === undefined) throw required("The codes need their 'system'.", 'http.system');
  if (other !== undefined) throw invalidValue('Both codes must be of the same code system.', 'http.system');
  return system;
}

/** http://hl7.org/fhir/concept-subsumption-outcome */
function compare(a: string, b: string, system: Resource): string {
  const meaning = system['hierarchyMeaning'];
  if (meaning !== undefined && meaning !== 'is-a')
    throw notChecked(`The hierarchy of this code system means ${String(meaning)}, not that codes subsume each other.`);
  const concepts = codeSystemConcepts(system as unknown as RawCodeSystem); // A CodeSystem, from the definitions or the store.
  const known = new Set(concepts.concepts.map(([code]) => code));
  for (const code of [a, b]) {
    if (!known.has(code)) throw unknownCode(code, system, concepts.complete);
  }
  if (a === b) return 'equivalent';
  const hierarchy = openHierarchy(concepts);
  if (hierarchy.below(a)?.includes(b)) return 'subsumes';
  if (hierarchy.below(b)?.includes(a)) return 'subsumed-by';
  // The way from one to the other may lead through codes that are not here.
  if (!concepts.complete)
    throw notChecked('Not all codes of this code system are known here, so that nothing can be said of these two.');
  return 'not-subsumed';
}

function unknownCode(code: string, { url }: Resource, complete: boolean): FhirError {
  const text = `The code system ${shown(String(url))} has no code ${shown(code)}${complete ? '' : ', as far as its codes are known here'}.`;
  return new FhirError(404, [{ severity: 'error', code: 'not-found', text }]);
}
