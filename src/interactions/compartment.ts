/** The compartment that a search is inside of: `GET [base]/Patient/[id]/Observation`. https://hl7.org/fhir/R4/compartmentdefinition.html#use */
import { isGranted } from '../access/grants.ts';
import { narrow } from '../access/narrow.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { deleted, notFound } from '../fhir/outcome.ts';
import type { ResourceKey } from '../fhir/types.ts';
import { compartmentCriterion } from '../search/compartment.ts';
import type { Criterion } from '../search/criterion.ts';
import type { FhirRequest, ServerContext } from './context.ts';
import { unknownInstance } from './read.ts';

/** The resource that the request's compartment is of; undefined for a request on all resources. */
export function compartmentOwner({ compartment, id }: FhirRequest): ResourceKey | undefined {
  return compartment === undefined || id === undefined ? undefined : { type: compartment, id };
}

/** The types that have members in the owner's compartment. Throws 404 when there are no such compartments. */
export function memberTypes(owner: ResourceKey, { compartments, resourceTypes, compartment }: Definitions): readonly string[] {
  if (!compartments.includes(owner.type)) {
    throw notFound(`${owner.type} has no compartment; ${compartments.join(', ')} have one.`);
  }
  return resourceTypes.filter((type) => type === owner.type || compartment(owner.type, type) !== undefined);
}

/**
 * What the members among the types have in common. Throws 404 when one of the types never is a member, and when the caller may not know of
 * the owner, as if it had never been. A caller without any right on the owner's type learns nothing of it either way.
 */
export async function enterCompartment(
  owner: ResourceKey,
  types: readonly string[],
  request: FhirRequest,
  context: ServerContext,
): Promise<Criterion> {
  const members = memberTypes(owner, context.definitions);
  const stranger = types.find((type) => !members.includes(type));
  if (stranger !== undefined) throw notFound(`${stranger} is never part of the compartment of a ${owner.type}.`);
  await checkOwner(owner, request, context);
  return compartmentCriterion(context.definitions, owner, types);
}

async function checkOwner(owner: ResourceKey, { access }: FhirRequest, { store }: ServerContext): Promise<void> {
  const permission = (['r', 's'] as const).find((letter) => isGranted(access, owner.type, letter));
  if (permission === undefined) return;
  const version = await store.read(owner, narrow(access, [owner.type], permission));
  if (version === undefined) throw unknownInstance(owner);
  if (version.deleted) throw deleted(`This ${owner.type} was deleted.`);
}
