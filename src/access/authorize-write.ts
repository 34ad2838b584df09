/** The border of writes: what a patient's token may leave behind. What it may touch beforehand is `narrow`'s (the stored version it changes). */
import { type FhirError, forbidden } from '../fhir/outcome.ts';
import type { IndexedResource } from '../search/indexer.ts';
import type { AccessContext, Permission } from './access-context.ts';
import { insufficientScope, isGranted, isGrantedBeyondPatient } from './grants.ts';

/**
 * Throws `forbidden` (403) when the token may not store this version: a patient/ scope lets pass only a resource of the patient's
 * compartment whose every subject reference is that patient, with none missing; and one that others stand for (Binary) only when these are
 * the patient or among `visible`. A user/ or system/ scope on the same type lifts that. `indexed` is the resource as it would be stored.
 */
export function authorizeWrite(
  access: AccessContext,
  type: string,
  permission: Extract<Permission, 'c' | 'u'>,
  indexed: Pick<IndexedResource, 'subjects' | 'contexts'>,
  visible: ReadonlySet<string> = new Set(),
): void {
  if (isGrantedBeyondPatient(access, type, permission)) return;
  if (!isGranted(access, type, permission)) throw insufficientScope(access, type, [permission]);
  const own = `Patient/${access.patient}`;
  const { subjects, contexts } = indexed;
  if (contexts !== undefined) {
    if (contexts.length > 0 && contexts.every((context) => context === own || visible.has(context))) return;
    throw outside(`With a patient's token, ${type} must name something of that patient's as its securityContext.`);
  }
  if (subjects.length === 0)
    throw outside(`With a patient's token, ${type} must name that patient as its subject; this one names nobody.`);
  if (!subjects.every((subject) => subject === own)) {
    throw outside(`With a patient's token, ${type} may be about that patient only; this one names someone else.`);
  }
}

/**
 * Whether the token may create a resource under an id of the client's choosing (update-as-create). A patient/ scope alone may not, so that
 * a PUT to another patient's resource and one to an unknown id get the same 404.
 */
export function mayCreateUnderId(access: AccessContext, type: string): boolean {
  return isGrantedBeyondPatient(access, type, 'u');
}

function outside(text: string): FhirError {
  return forbidden(text, 'Bearer realm="fhir", error="insufficient_scope"');
}
