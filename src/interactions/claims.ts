/** What this server claims in its CapabilityStatement, and holds requests to. https://hl7.org/fhir/R4/http.html#capabilities */
import { type Capabilities, type CapabilitySettings, openCapabilities } from '../definitions/capability.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { referenceTargets } from '../search/parameter-elements.ts';
import { searchTypeOf } from '../search/types/index.ts';
import type { OperationDefinition, ServerContext } from './context.ts';
import { interactionTable } from './table.ts';

/** What the server can do, as the table, the operations and the search room are; throws at start when the statement's rules say otherwise. */
export function openServerCapabilities(
  definitions: Definitions,
  operations: readonly OperationDefinition[],
  settings: CapabilitySettings & Pick<ServerContext, 'references'>,
): Capabilities {
  return openCapabilities(
    definitions,
    {
      interactions: interactionTable,
      operations,
      search: {
        supports: (_type, parameter) => searchTypeOf(parameter) !== undefined,
        targets: (type, parameter) => referenceTargets(definitions, type, parameter),
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
