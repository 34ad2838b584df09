/** https://hl7.org/fhir/R4/valueset-operation-expand.html */
import type { CodeSet } from '../../definitions/definitions.ts';
import { formatInstant } from '../../fhir/date.ts';
import { limits } from '../../fhir/limits.ts';
import { tooCostly } from '../../fhir/outcome.ts';
import type { JsonObject, JsonValue, Resource } from '../../fhir/types.ts';
import type { FhirRequest, FhirResponse, OperationDefinition, ServerContext } from '../../interactions/context.ts';
import { type Expanded, type ExpansionOptions, expandCodes } from './expansion.ts';
import { type FoundSet, findValueSet } from './find.ts';
import { type Inputs, notChecked, readInputs, shown } from './inputs.ts';

export const expand: OperationDefinition = {
  code: 'expand',
  levels: ['type', 'instance'],
  types: ['ValueSet'],
  affectsState: false,
  openToPatients: true,
  definition: 'http://hl7.org/fhir/OperationDefinition/ValueSet-expand',
  run,
};

const oneVersion = 'of each code system one version is known here, and the answer says which.';
const names = {
  known: [
    ...['url', 'valueSet', 'valueSetVersion', 'filter', 'offset', 'count', 'includeDesignations', 'includeDefinition'],
    ...['activeOnly', 'excludeNested', 'excludeNotForUI', 'excludePostCoordinated', 'displayLanguage', 'exclude-system'],
  ],
  refused: {
    context: 'name the value set by its url.',
    contextDirection: 'name the value set by its url.',
    date: 'only the definitions of today are known here.',
    designation: 'includeDesignations=true gives them all.',
    'system-version': oneVersion,
    'check-system-version': oneVersion,
    'force-system-version': oneVersion,
  },
};

async function run(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const inputs = readInputs(request, names, context);
  const options = readOptions(inputs);
  const found = await findValueSet(request, inputs, context);
  refuseIncomplete(found.set);
  const expanded = expandCodes(found.set, options, context.definitions);
  if (options.count === undefined && expanded.total > limits.expansionCodesMax) {
    throw tooCostly(
      `The value set has ${expanded.total} codes, and an answer holds at most ${limits.expansionCodesMax}: ask for pages with 'count' and 'offset', or use 'filter'.`,
    );
  }
  return { status: 200, resource: formatSet(found, expanded, inputs, context) };
}

function refuseIncomplete({ complete, url }: CodeSet): void {
  if (complete) return;
  const name = url === '' || url === undefined ? 'this value set' : shown(url);
  throw notChecked(
    `Not all codes of ${name} are known here (some are licensed, or of code systems that are not loaded), so it can't be expanded.`,
  );
}

function readOptions(inputs: Inputs): ExpansionOptions {
  const [filter, count, offset] = [inputs.text('filter'), inputs.integer('count'), inputs.integer('offset')];
  const language = inputs.text('displayLanguage');
  const forUi = inputs.boolean('excludeNotForUI') !== true;
  return {
    ...(filter === undefined ? {} : { filter }),
    ...(count === undefined ? {} : { count: Math.min(count, limits.expansionCodesMax) }),
    ...(language === undefined ? {} : { language }),
    offset: offset ?? 0,
    // "Paging only applies to flat expansions".
    nested: inputs.boolean('excludeNested') !== true && forUi && [filter, count, offset].every((value) => value === undefined),
    designations: inputs.boolean('includeDesignations') === true,
    activeOnly: inputs.boolean('activeOnly') === true,
    selectableOnly: !forUi,
    withoutSystems: inputs.texts('exclude-system').map((canonical) => canonical.replace(/\|.*$/, '')),
  };
}

/** The definition itself, without what only its author's copy needs, and the expansion in its place. */
function formatSet({ set, resource }: FoundSet, expanded: Expanded, inputs: Inputs, { now, newId }: ServerContext): Resource {
  const { text: _, compose, expansion: __, ...about }: JsonObject = resource ?? {};
  const definition = inputs.boolean('includeDefinition') === true && compose !== undefined ? { compose } : {};
  const named = Object.fromEntries(
    Object.entries({ url: set.url, version: set.version, name: set.name }).filter(
      ([, value]) => value !== undefined && value !== '',
    ),
  ) as JsonObject; // Texts alone are left.
  const offset = inputs.integer('offset');
  return {
    ...named,
    ...about,
    resourceType: 'ValueSet',
    status: about['status'] ?? set.status ?? 'active',
    ...definition,
    expansion: {
      identifier: `urn:uuid:${newId()}`,
      timestamp: formatInstant(now()),
      total: expanded.total,
      ...(offset === undefined && inputs.integer('count') === undefined ? {} : { offset: offset ?? 0 }),
      ...listed('parameter', [...usedParameters(inputs), ...versions(expanded)]),
      ...listed('contains', expanded.contains),
    },
  };
}

const echoed: readonly (readonly [name: string, type: 'valueString' | 'valueBoolean' | 'valueInteger' | 'valueCode'])[] = [
  ['filter', 'valueString'],
  ['count', 'valueInteger'],
  ['offset', 'valueInteger'],
  ['includeDesignations', 'valueBoolean'],
  ['activeOnly', 'valueBoolean'],
  ['excludeNested', 'valueBoolean'],
  ['excludeNotForUI', 'valueBoolean'],
  ['displayLanguage', 'valueCode'],
];

/** "A parameter that controlled the expansion process." */
function usedParameters(inputs: Inputs): readonly JsonObject[] {
  return echoed.flatMap(([name, type]): readonly JsonObject[] => {
    const value: JsonValue | undefined =
      type === 'valueBoolean' ? inputs.boolean(name) : type === 'valueInteger' ? inputs.integer(name) : inputs.text(name);
    return value === undefined ? [] : [{ name, [type]: value }];
  });
}

/** Not of systems that are URNs: what stands behind their `|` would have to be part of the number. */
function versions({ versions: used }: Expanded): readonly JsonObject[] {
  return used.filter((version) => !version.startsWith('urn:')).map((version) => ({ name: 'version', valueUri: version }));
}

/** FHIR JSON has no empty arrays. */
function listed(name: string, items: readonly JsonObject[]): JsonObject {
  return items.length === 0 ? {} : { [name]: items };
}
