/** From a verified token's claims to an AccessContext. https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html */
import { createHash } from 'node:crypto';
import { limits } from '../fhir/limits.ts';
import type { FhirError } from '../fhir/outcome.ts';
import { idPattern, parseReference } from '../fhir/reference.ts';
import type { AccessContext, PatientReach } from './access-context.ts';
import { parseScopes } from './smart-scopes.ts';

export type Claims = Readonly<Record<string, unknown>>;

export interface ClaimsSettings {
  /** The server's base URL, under which a `fhirUser` is one of its own resources. */
  readonly audience: string;
  readonly isResourceType: (name: string) => boolean;
  readonly patientReach: PatientReach;
}

/** "fhirUser: Patient, Practitioner, PractitionerRole, RelatedPerson or Person": relative or absolute. */
const fhirUserPattern =
  /^(?:https?:\/\/\S{1,500}\/)?(?:Patient|Practitioner|PractitionerRole|RelatedPerson|Person)\/[A-Za-z0-9\-.]{1,64}$/;

/**
 * Fails closed: a patient/ scope without a patient, and a user/ scope without a user, are no narrower scopes but no token (401, made by
 * `refused`). `exp` and `jti` were checked before.
 */
export function accessOf(claims: Claims, settings: ClaimsSettings, refused: (text: string) => FhirError): AccessContext {
  const { patient, fhirUser } = claims;
  const scopes = readScopes(claims['scope'], settings, refused);
  if (patient !== undefined && !(typeof patient === 'string' && idPattern.test(patient))) {
    throw refused("The token's patient must be one Patient's id.");
  }
  if (fhirUser !== undefined && !(typeof fhirUser === 'string' && fhirUserPattern.test(fhirUser))) {
    throw refused(
      "The token's fhirUser must be a reference to a Practitioner, PractitionerRole, Patient, RelatedPerson or Person.",
    );
  }
  if (patient === undefined && scopes.some((scope) => scope.level === 'patient')) {
    throw refused('The token has a patient/ scope but names no patient.');
  }
  if (fhirUser === undefined && scopes.some((scope) => scope.level === 'user')) {
    throw refused('The token has a user/ scope but names no fhirUser.');
  }
  const held = hold(scopes, patient, fhirUser, settings.audience);
  return Object.freeze({
    kind: 'token',
    tokenHash: createHash('sha256').update(`${claims['iss']} ${claims['jti']}`).digest('hex').slice(0, 16),
    clientId: readClient(claims),
    issuer: String(claims['iss']),
    scopes: held.scopes,
    expiresAt: Number(claims['exp']),
    ...(held.patient === undefined ? {} : { patient: held.patient, patientReach: settings.patientReach }),
    ...(fhirUser === undefined ? {} : { fhirUser }),
  });
}

/**
 * "user: ... data that the current user can access" (the page's section on scopes): of a professional that is everything, as long as no policy
 * of roles says less. A Patient who signs in can access the own record, so that such a user/ scope is a patient/ scope; whose records a
 * RelatedPerson, a Person or a Patient of another server may see is not known here, so that theirs give nothing.
 */
function hold(
  scopes: AccessContext['scopes'],
  patient: string | undefined,
  fhirUser: string | undefined,
  baseUrl: string,
): { readonly scopes: AccessContext['scopes']; readonly patient: string | undefined } {
  if (fhirUser === undefined || /(?:^|\/)(?:Practitioner|PractitionerRole)\/[^/]+$/.test(fhirUser)) return { scopes, patient };
  const user = parseReference(fhirUser, baseUrl);
  const self = user.kind === 'local' && user.type === 'Patient' ? user.id : undefined;
  if (self === undefined || (patient !== undefined && patient !== self)) {
    return { scopes: scopes.filter((scope) => scope.level !== 'user'), patient };
  }
  return { scopes: scopes.map((scope) => (scope.level === 'user' ? { ...scope, level: 'patient' } : scope)), patient: self };
}

function readScopes(scope: unknown, settings: ClaimsSettings, refused: (text: string) => FhirError): AccessContext['scopes'] {
  if (scope !== undefined && typeof scope !== 'string')
    throw refused("The token's scope must be one text, its scopes separated by spaces.");
  const scopes = parseScopes(scope ?? '', settings.isResourceType);
  if (scopes === undefined) {
    throw refused(`The token has more than ${limits.scopesMax} scopes or ${limits.scopeCharactersMax} characters of them.`);
  }
  return scopes;
}

/** The subject would do as a name too, but may be a person's identifier, and the client goes to the log. */
function readClient(claims: Claims): string {
  const client = claims['client_id'] ?? claims['azp'];
  return typeof client === 'string' && /^[\x21-\x7e]{1,255}$/.test(client) ? client : 'unknown';
}
