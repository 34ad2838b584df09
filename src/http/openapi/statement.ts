/** The parts of the capability statement that OpenAPI says too. https://hl7.org/fhir/R4/capabilitystatement.html */
import type { Resource } from '../../fhir/types.ts';

export interface Statement {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  /** Media types of resources. */
  readonly formats: readonly string[];
  readonly patchFormats: readonly string[];
  readonly types: readonly ServedType[];
  /** Of searches on all types. */
  readonly searchParameters: readonly ClaimedParameter[];
}

export interface ServedType {
  readonly type: string;
  readonly searchParameters: readonly ClaimedParameter[];
}

export interface ClaimedParameter {
  readonly name: string;
  readonly type: string;
  readonly definition?: string;
  readonly documentation?: string;
}

/** The members that `definitions/capability.ts` writes; a format without a slash is a short name for `_format`, not a media type. */
export function readStatement(resource: Resource): Statement {
  const { title, version, description, format, patchFormat, rest } = JSON.parse(JSON.stringify(resource)) as {
    readonly title: string;
    readonly version: string;
    readonly description: string;
    readonly format: readonly string[];
    readonly patchFormat?: readonly string[];
    readonly rest: readonly [{ readonly resource: readonly Listed[]; readonly searchParam?: readonly ClaimedParameter[] }];
  };
  const [{ resource: types, searchParam = [] }] = rest;
  return {
    title,
    version,
    description,
    formats: format.filter((name) => name.includes('/')),
    patchFormats: patchFormat ?? [],
    types: types.map(({ type, searchParam: searchParameters = [] }) => ({ type, searchParameters })),
    searchParameters: searchParam,
  };
}

interface Listed {
  readonly type: string;
  readonly searchParam?: readonly ClaimedParameter[];
}
