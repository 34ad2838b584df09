/** What this server claims in its CapabilityStatement, and holds requests to. https://hl7.org/fhir/R4/http.html#capabilities */
import { type Capabilities, type CapabilitySettings, openCapabilities } from '../definitions/capability.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { referenceTargets } from '../search/parameter-elements.ts';
import { languages } from '../search/parse-criterion.ts';
import { searchTypeOf } from '../search/types/index.ts';
import type { OperationDefinition } from './context.ts';
import { interactionTable } from './table.ts';

/** Parameters of every search that say how its results come; the CapabilityStatement has no place for them. */
export { resultParameterNames } from '../search/result-parameters.ts';

/** What the server can do, as the table, the operations and the search room are; throws at start when the statement's rules say otherwise. */
export function openServerCapabilities(
  definitions: Definitions,
  operations: readonly OperationDefinition[],
  settings: CapabilitySettings,
): Capabilities {
  return openCapabilities(
    definitions,
    {
      interactions: interactionTable,
      operations,
      search: {
        supports: (_type, parameter) => searchTypeOf(parameter) !== undefined || languages.has(parameter.code),
        targets: (type, parameter) => referenceTargets(definitions, type, parameter),
        others: { type: otherParameters, system: [...otherParameters, typeParameter] },
        includesAll: true,
      },
      features: {
        versioning: 'versioned',
        readHistory: true,
        updateCreate: true,
        conditionalCreate: true,
        conditionalRead: 'full-support',
        conditionalUpdate: true,
        conditionalDelete: 'multiple',
        referencePolicy: settings.references === 'checked' ? ['literal', 'logical', 'enforced'] : ['literal', 'logical'],
      },
      compartments: definitions.compartments,
      formats: ['application/fhir+json', 'application/fhir+xml', 'json', 'xml'],
      patchFormats: ['application/json-patch+json', 'application/fhir+json', 'application/fhir+xml'],
    },
    settings,
  );
}

/** https://hl7.org/fhir/R4/search.html#all: these have no SearchParameter in R4. */
const otherParameters = [
  { name: '_has', documentation: 'Reverse chaining, nested too: _has:Observation:patient:code=1234-5' },
  {
    name: '_list',
    documentation: 'The id of a List, or several: what their items name. Functional lists ($current-...) are not kept.',
  },
] as const;

const typeParameter = {
  name: '_type',
  documentation: 'The types searched, separated by commas; all of them without it.',
} as const;
