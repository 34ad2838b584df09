/**
 * The CapabilityStatement: the rules of `conformance/capability-statement.json` expanded over every type of R4 and what is really wired, so
 * that it cannot claim what is not there. https://hl7.org/fhir/R4/capabilitystatement.html
 */
import type { InteractionCode, JsonObject, JsonValue, Level, Resource } from '../fhir/types.ts';
import { type CapabilityRules, readCapabilityRules } from './capability-rules.ts';
import type { Definitions, SearchParameter } from './definitions.ts';

/** What the server can really do, as its composition root knows it. */
export interface Wiring {
  /** The rows of the interaction table. */
  readonly interactions: readonly { readonly code: InteractionCode; readonly level: Level }[];
  readonly operations: readonly WiredOperation[];
  readonly search: {
    /** Whether the parameter can be searched by on the type. */
    readonly supports: (type: string, parameter: SearchParameter) => boolean;
    /** The types a reference parameter may lead to from the type. */
    readonly targets: (type: string, parameter: SearchParameter) => readonly string[];
    /** Parameters that no SearchParameter defines: of every type, and of searches on all types. */
    readonly others: { readonly type: readonly OtherParameter[]; readonly system: readonly OtherParameter[] };
    /** Whether `_include=*` and `_revinclude=*` are understood. */
    readonly includesAll: boolean;
  };
  readonly features: WiredFeatures;
  /** Compartments that can be searched, by code: `Patient`. */
  readonly compartments: readonly string[];
  /** Media types, the preferred first: `application/fhir+json`. */
  readonly formats: readonly string[];
  /** Media types of PATCH bodies; claimed only when the interaction is wired. */
  readonly patchFormats: readonly string[];
}

/** Claimed as of type `special`: "the way this parameter works is unique to the parameter". */
export interface OtherParameter {
  readonly name: string;
  readonly documentation: string;
}

export interface WiredOperation {
  readonly code: string;
  readonly definition: string;
  readonly levels: readonly Level[];
  /** Absent: every type. */
  readonly types?: readonly string[];
}

/** The members of `CapabilityStatement.rest.resource` that are the same for every type. */
export interface WiredFeatures {
  readonly versioning: 'no-version' | 'versioned' | 'versioned-update';
  readonly readHistory: boolean;
  readonly updateCreate: boolean;
  readonly conditionalCreate: boolean;
  readonly conditionalRead: 'not-supported' | 'modified-since' | 'not-match' | 'full-support';
  readonly conditionalUpdate: boolean;
  readonly conditionalDelete: 'not-supported' | 'single' | 'multiple';
  readonly referencePolicy: readonly ('literal' | 'logical' | 'resolves' | 'enforced' | 'local')[];
}

export interface CapabilitySettings {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly softwareVersion: string;
  /** `none`: AUTH=none. */
  readonly access: 'smart' | 'none';
  readonly validation: 'fse' | 'base' | 'off';
  readonly references: 'checked' | 'free';
  /** Whether browsers of other origins may call the server. */
  readonly cors: boolean;
  /** SMART's endpoints by name (`authorize`, `token`, `introspect`…); absent as long as this server has no authorization server. */
  readonly oauthUris?: Readonly<Record<string, string>>;
  /** Another rules file than the project's. */
  readonly file?: string;
}

export interface Capabilities {
  /** Made when first asked for, and after a change of the definitions (a tenth of a second), so that a start need not wait for it. */
  statement(): Resource;
  /** Whether the interaction is claimed: of a type, or at system level without one. What is not claimed is answered with 405. */
  claims(interaction: InteractionCode, type?: string): boolean;
}

/** Throws an Error whose sentence names the rule when it claims something that is not wired, or when something wired is not claimed. */
export function openCapabilities(definitions: Definitions, wiring: Wiring, settings: CapabilitySettings): Capabilities {
  const rules = readCapabilityRules(definitions, settings.file);
  checkClaims(rules, definitions, wiring);
  const served = definitions.resourceTypes.filter((type) => rules.ofType(type).length > 0);
  const byType = new Map(served.map((type) => [type, new Set(rules.ofType(type))]));
  const system = new Set<InteractionCode>([...rules.system, 'capabilities', 'job']);
  let made: { readonly revision: number; readonly statement: Resource } | undefined;
  return {
    statement() {
      const revision = definitions.revision();
      if (made?.revision !== revision)
        made = { revision, statement: formatStatement({ definitions, wiring, settings, rules, served }) };
      return made.statement;
    },
    claims(interaction, type) {
      if (interaction === 'operation') return type === undefined || byType.has(type);
      return type === undefined ? system.has(interaction) : byType.get(type)?.has(interaction) === true;
    },
  };
}

interface Expansion {
  readonly definitions: Definitions;
  readonly wiring: Wiring;
  readonly settings: CapabilitySettings;
  readonly rules: CapabilityRules;
  /** The types with at least one interaction. */
  readonly served: readonly string[];
}

function checkClaims(rules: CapabilityRules, definitions: Definitions, wiring: Wiring): void {
  const types = definitions.resourceTypes.flatMap((type) => rules.ofType(type));
  // Every server has capabilities; operations are claimed by their codes, and jobs are part of the operations that begin them.
  const unclaimed: readonly InteractionCode[] = ['capabilities', 'operation', 'job'];
  const wired = wiring.interactions.map(({ code }) => code).filter((code) => !unclaimed.includes(code));
  checkSame('interaction ', wired, [...rules.system, ...types], rules.file);
  const codes = wiring.operations.map(({ code }) => code);
  checkSame('operation $', codes, rules.operations, rules.file);
  for (const { code, definition } of wiring.operations) {
    if (definitions.conformance(definition)?.resourceType === 'OperationDefinition') continue;
    throw new Error(`The operation $${code} names the OperationDefinition ${definition}, which is not among the definitions.`);
  }
}

function checkSame(what: string, wired: readonly string[], claimed: readonly string[], file: string): void {
  const excess = claimed.find((code) => !wired.includes(code));
  if (excess !== undefined) throw new Error(`${file} claims the ${what}${excess}, but it is not wired.`);
  const silent = wired.find((code) => !claimed.includes(code));
  if (silent !== undefined) throw new Error(`The ${what}${silent} is wired, but ${file} does not claim it.`);
}

function formatStatement({ definitions, wiring, settings, rules, served }: Expansion): Resource {
  const { validation, references } = settings;
  const guides = definitions.conformanceResources('ImplementationGuide').map(({ url }) => String(url));
  const patch = wiring.interactions.some(({ code }) => code === 'patch') ? wiring.patchFormats : [];
  const reverse = reverseIncludes(definitions, wiring, served);
  const expansion = { definitions, wiring, settings, rules, served };
  return {
    resourceType: 'CapabilityStatement',
    url: `${settings.baseUrl}/metadata`,
    version: settings.softwareVersion,
    ...rules.statement,
    kind: 'instance',
    software: { ...rules.software, version: settings.softwareVersion },
    implementation: { ...rules.implementation, url: settings.baseUrl },
    fhirVersion: '4.0.1',
    format: wiring.formats,
    ...listed('patchFormat', patch),
    ...listed('implementationGuide', guides),
    rest: [
      {
        mode: 'server',
        documentation: [rules.documentation, rules.validation[validation], rules.references[references]].join(' '),
        security: formatSecurity(rules, settings),
        resource: served.map((type) => formatResource(type, reverse.get(type) ?? [], expansion)),
        interaction: rules.system.map((code) => ({ code })),
        ...listed('searchParam', rules.system.includes('search-system') ? formatParameters(everyType, definitions, wiring) : []),
        ...listed('operation', formatOperations(wiring.operations.filter(({ levels }) => levels.includes('system')))),
        ...listed('compartment', wiring.compartments.map(compartmentUrl)),
      },
    ],
  };
}

/** "http://hl7.org/fhir/CompartmentDefinition/relatedPerson": the canonicals begin with a small letter. */
function compartmentUrl(code: string): string {
  return `http://hl7.org/fhir/CompartmentDefinition/${code.charAt(0).toLowerCase()}${code.slice(1)}`;
}

function formatResource(
  type: string,
  searchRevInclude: readonly string[],
  { definitions, wiring, rules }: Expansion,
): JsonObject {
  const interactions = rules.ofType(type);
  const searched = interactions.includes('search-type');
  const references = searched ? searchable(type, definitions, wiring).filter((parameter) => parameter.type === 'reference') : [];
  const includes = references.map(({ code }) => `${type}:${code}`);
  const operations = wiring.operations.filter(
    ({ levels, types }) => levels.some((level) => level !== 'system') && types?.includes(type) !== false,
  );
  return {
    type,
    profile: `http://hl7.org/fhir/StructureDefinition/${type}`,
    ...listed('supportedProfile', supportedProfiles(type, definitions)),
    interaction: interactions.map((code) => ({ code })),
    ...formatFeatures(wiring.features, interactions),
    ...listed('searchInclude', withAll(includes, wiring)),
    ...listed('searchRevInclude', searched ? withAll(searchRevInclude, wiring) : []),
    ...listed('searchParam', searched ? formatParameters(type, definitions, wiring) : []),
    ...listed('operation', formatOperations(operations)),
  };
}

/** `*` follows them all; where there are none, it finds nothing. */
function withAll(includes: readonly string[], { search }: Wiring): readonly string[] {
  return search.includesAll && includes.length > 0 ? ['*', ...includes] : includes;
}

/** A feature counts only where its interaction is claimed. */
function formatFeatures(features: WiredFeatures, interactions: readonly InteractionCode[]): JsonObject {
  const has = (code: InteractionCode): boolean => interactions.includes(code);
  return {
    versioning: features.versioning,
    readHistory: features.readHistory && has('vread'),
    updateCreate: features.updateCreate && has('update'),
    conditionalCreate: features.conditionalCreate && has('create'),
    conditionalRead: has('read') ? features.conditionalRead : 'not-supported',
    conditionalUpdate: features.conditionalUpdate && has('update'),
    conditionalDelete: has('delete') ? features.conditionalDelete : 'not-supported',
    ...listed('referencePolicy', features.referencePolicy),
  };
}

function supportedProfiles(type: string, definitions: Definitions): readonly string[] {
  const profiles = definitions.conformanceResources('StructureDefinition').filter((definition) => definition['type'] === type);
  return profiles.filter(({ derivation }) => derivation === 'constraint').map(({ url }) => String(url));
}

function searchable(type: string, definitions: Definitions, { search }: Wiring): readonly SearchParameter[] {
  return definitions.searchParameters(type).filter((parameter) => search.supports(type, parameter));
}

/** "In addition, the search parameter _text […] also applies to all resources": https://hl7.org/fhir/R4/search.html#all */
const everyType = 'DomainResource';

function formatParameters(type: string, definitions: Definitions, wiring: Wiring): readonly JsonObject[] {
  const defined = searchable(type, definitions, wiring).map((parameter) => ({
    name: parameter.code,
    definition: parameter.url,
    type: parameter.type,
  }));
  const others = type === everyType ? wiring.search.others.system : wiring.search.others.type;
  return [...defined, ...others.map((parameter) => ({ ...parameter, type: 'special' }))];
}

/** By target type, `Observation:patient` and the like: every reference parameter that can lead there. */
function reverseIncludes(
  definitions: Definitions,
  wiring: Wiring,
  served: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map(served.map((type): [string, string[]] => [type, []]));
  for (const source of served) {
    for (const parameter of searchable(source, definitions, wiring)) {
      if (parameter.type !== 'reference') continue;
      for (const target of wiring.search.targets(source, parameter)) found.get(target)?.push(`${source}:${parameter.code}`);
    }
  }
  return found;
}

function formatOperations(operations: readonly WiredOperation[]): readonly JsonObject[] {
  const sorted = [...operations].sort((a, b) => (a.code < b.code ? -1 : 1));
  return sorted.map(({ code, definition }) => ({ name: code, definition }));
}

/** https://hl7.org/fhir/smart-app-launch/1.0.0/conformance/: the extension tells apps of before `.well-known/smart-configuration`. */
function formatSecurity({ security }: CapabilityRules, { access, cors, oauthUris }: CapabilitySettings): JsonObject {
  if (access === 'none') return { cors, description: security.none };
  const endpoints = Object.entries(oauthUris ?? {}).map(([url, valueUri]) => ({ url, valueUri }));
  const extension = { url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris', extension: endpoints };
  const service = {
    system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
    code: 'SMART-on-FHIR',
    display: 'SMART-on-FHIR',
  };
  return {
    ...listed('extension', endpoints.length > 0 ? [extension] : []),
    cors,
    service: [{ coding: [service], text: 'OAuth2 with the scopes of SMART App Launch' }],
    description: security.smart,
  };
}

/** FHIR JSON has no empty arrays. */
function listed(name: string, items: readonly JsonValue[]): JsonObject {
  return items.length === 0 ? {} : { [name]: items };
}
