/** What belongs to the patients of an export. https://hl7.org/fhir/R4/compartmentdefinition-patient.html */
import type { AccessContext } from '../../access/access-context.ts';
import { isGranted } from '../../access/grants.ts';
import { narrow } from '../../access/narrow.ts';
import { limits } from '../../fhir/limits.ts';
import { deleted, FhirError, invalidValue, tooCostly } from '../../fhir/outcome.ts';
import { parseReference } from '../../fhir/reference.ts';
import { isJsonObject, type JsonValue, type Resource, type ResourceKey } from '../../fhir/types.ts';
import type { ServerContext } from '../../interactions/context.ts';
import { readStored } from '../../interactions/plan-write.ts';
import { unknownInstance } from '../../interactions/read.ts';
import { readInTurn } from '../../interactions/read-visible.ts';
import { compartmentCriterion } from '../../search/compartment.ts';
import { type Criterion, or } from '../../search/criterion.ts';
import type { StoredVersion } from '../../store/store.ts';

/** The patients whose records are wanted; undefined: all there are. */
export type Patients = ReadonlyMap<string, number> | undefined;

/** Numbers the patients, so that a resource in several records is given with the first of them alone. */
export function numberPatients(ids: readonly string[]): Patients {
  return new Map([...new Set(ids)].sort().map((id, index) => [id, index]));
}

/** How many searches it takes to ask for all the records. */
export function chunkCount(patients: Patients): number {
  return patients === undefined ? 1 : Math.ceil(patients.size / limits.exportPatientsMax);
}

/** The condition that bounds a search of the type to the records of one chunk; all else is `belongs`'s to say. */
export function chunkCriterion(patients: Patients, chunk: number, type: string, { definitions }: ServerContext): Criterion {
  if (patients === undefined) return { kind: 'all' };
  const ids = chunkIds(patients, chunk);
  if (type === 'Patient') return { kind: 'id', ids };
  return or(...ids.map((id) => compartmentCriterion(definitions, { type: 'Patient', id }, [type])));
}

/** The same of versions that are deleted, which are found by the compartments they were stored with. */
export function deletedCriterion(patients: Patients, chunk: number): Criterion {
  if (patients === undefined) return { kind: 'all' };
  return or(...chunkIds(patients, chunk).map((id): Criterion => ({ kind: 'compartment', member: `Patient/${id}` })));
}

function chunkIds(patients: ReadonlyMap<string, number>, chunk: number): readonly string[] {
  const start = chunk * limits.exportPatientsMax;
  return [...patients.keys()].slice(start, start + limits.exportPatientsMax);
}

/** Whether the resource is in one of the records, and the first of those is in the chunk. */
export function belongs(resource: Resource, patients: Patients, chunk: number, context: ServerContext): boolean {
  const first = firstPatient(resource, patients, context);
  return first !== undefined && (patients === undefined || Math.floor(first / limits.exportPatientsMax) === chunk);
}

/** The number of the first patient in whose compartment the resource is; 0 stands for any when all are wanted. */
function firstPatient(resource: Resource, patients: Patients, { definitions, indexer }: ServerContext): number | undefined {
  const { resourceType: type, id } = resource;
  // The Patient itself is no member by its own definition; only a link to another would make it one.
  const targets =
    type === 'Patient'
      ? [`Patient/${String(id)}`]
      : (definitions.compartment('Patient', type) ?? []).flatMap((parameter) => indexer.targets(resource, parameter));
  const named = targets.filter((target) => target.startsWith('Patient/')).map((target) => target.slice('Patient/'.length));
  if (patients === undefined) return named.length === 0 ? undefined : 0;
  const numbers = named.flatMap((patient) => patients.get(patient) ?? []);
  return numbers.length === 0 ? undefined : Math.min(...numbers);
}

/**
 * "The server SHALL include all available Provenance resources whose Provenance.target is a resource in the Patient compartment": those among
 * the versions that are in a record themselves, or have a target that is.
 */
export async function provenanceOf(
  versions: readonly StoredVersion[],
  patients: Patients,
  access: AccessContext,
  context: ServerContext,
): Promise<readonly StoredVersion[]> {
  const isMember = (resource: Resource) => firstPatient(resource, patients, context) !== undefined;
  const read = versions.map((version) => ({ version, resource: readStored(version) }));
  const named = new Map<string, ResourceKey>();
  for (const { resource } of read) for (const key of targetKeys(resource, context)) named.set(`${key.type}/${key.id}`, key);
  const members = new Set<string>();
  for await (const target of readTargets([...named.values()], access, context)) {
    if (isMember(readStored(target))) members.add(`${target.key.type}/${target.key.id}`);
  }
  const belongsTo = (resource: Resource) => targetKeys(resource, context).some(({ type, id }) => members.has(`${type}/${id}`));
  return read.filter(({ resource }) => isMember(resource) || belongsTo(resource)).map(({ version }) => version);
}

/** Types that are in nobody's compartment need not be read. */
function readTargets(
  keys: readonly ResourceKey[],
  access: AccessContext,
  { store, definitions }: ServerContext,
): AsyncGenerator<StoredVersion> {
  const readable = keys.filter(
    ({ type }) => definitions.compartment('Patient', type) !== undefined && isGranted(access, type, 'r'),
  );
  return readInTurn(readable, (types) => narrow(access, types, 'r'), store);
}

function targetKeys(resource: Resource, { indexer, definitions }: ServerContext): readonly ResourceKey[] {
  return indexer.targets(resource, 'target').flatMap((target) => {
    const [, type = '', id = ''] = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/.exec(target) ?? [];
    return definitions.isResourceType(type) ? [{ type, id }] : [];
  });
}

/**
 * The ids of a Group's patients: its members that are Patients and not inactive, and those of Groups among its members. Throws 404 and 410 as a
 * read of the Group does.
 */
export async function groupPatients(id: string, access: AccessContext, context: ServerContext): Promise<readonly string[]> {
  const patients = new Set<string>();
  const seen = new Set([id]);
  let frontier = await memberKeys({ type: 'Group', id }, access, context);
  for (let round = 0; frontier.length > 0; round += 1) {
    if (round > limits.includeDepthMax)
      throw tooCostly(`Groups in Groups are followed ${limits.includeDepthMax} times; this one goes deeper.`);
    for (const key of frontier) if (key.type === 'Patient') patients.add(key.id);
    const groups = frontier.filter((key) => key.type === 'Group' && !seen.has(key.id) && seen.add(key.id));
    frontier = [];
    for (const group of groups) frontier.push(...(await memberKeys(group, access, context)));
  }
  return [...patients];
}

async function memberKeys(key: ResourceKey, access: AccessContext, context: ServerContext): Promise<ResourceKey[]> {
  const group = await context.store.read(key, narrow(access, ['Group'], 'r'));
  if (group === undefined) throw unknownInstance(key);
  if (group.deleted) throw deleted('This Group was deleted.');
  const members = readStored(group)['member'];
  return Array.isArray(members) ? members.flatMap((member: JsonValue) => memberKey(member, context)) : [];
}

function memberKey(member: JsonValue, { baseUrl }: ServerContext): readonly ResourceKey[] {
  if (!isJsonObject(member) || member['inactive'] === true || !isJsonObject(member['entity'])) return [];
  const { reference } = member['entity'];
  const parsed = typeof reference === 'string' ? parseReference(reference, baseUrl) : undefined;
  return parsed?.kind === 'local' ? [{ type: parsed.type, id: parsed.id }] : [];
}

/**
 * The ids that the parameter `patient` names. "If a client requests patients who are not present on the server (or [...] who are not members of
 * the group), the server SHOULD return details via a FHIR OperationOutcome resource in an error response".
 */
export async function namedPatients(
  references: readonly JsonValue[],
  members: readonly string[] | undefined,
  access: AccessContext,
  context: ServerContext,
): Promise<readonly string[]> {
  if (references.length > limits.exportPatientsNamedMax) {
    throw tooCostly(`'patient' may name ${limits.exportPatientsNamedMax} patients at most; ask for a Group of them.`);
  }
  const keys = references.map((reference, index) => patientKey(reference, index, context));
  const there = keys.length === 0 ? [] : await context.store.readMany(keys, narrow(access, ['Patient'], 'r'));
  const known = new Set(there.map(({ key }) => key.id));
  const inGroup = members === undefined ? undefined : new Set(members);
  const issues = keys.flatMap(({ id }, index) => {
    if (known.has(id) && inGroup?.has(id) !== false) return [];
    const text = known.has(id) ? 'This patient is no member of the Group.' : 'No Patient with this id is known.';
    return invalidValue(text, place(index)).issues;
  });
  if (issues.length > 0) throw new FhirError(400, issues);
  return [...known];
}

function patientKey(value: JsonValue, index: number, { baseUrl }: ServerContext): ResourceKey {
  const reference = isJsonObject(value) ? value['reference'] : undefined;
  const parsed = typeof reference === 'string' ? parseReference(reference, baseUrl) : undefined;
  if (parsed?.kind === 'local' && parsed.type === 'Patient') return { type: parsed.type, id: parsed.id };
  throw invalidValue("'patient' must be a reference to a Patient of this server (valueReference).", place(index));
}

function place(index: number): string {
  return `Parameters.parameter.where(name='patient')[${index}]`;
}
