/** From a verified token's claims to an AccessContext. https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html */
import { createHash } from 'node:crypto';
import { limits } from '../fhir/limits.ts';
import type { FhirError } from '../fhir/outcome.ts';
import { idPattern } from '../fhir/reference.ts';
import type { AccessContext, PatientReach } from './access-context.ts';
import { parseScopes } from './smart-scopes.ts';

export type Claims = Readonly<Record<string, unknown>>;

export interface ClaimsSettings {
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
  return Object.freeze({
    kind: 'token',
    tokenHash: createHash('sha256').update(`${claims['iss']} ${claims['jti']}`).digest('hex').slice(0, 16),
    clientId: readClient(claims),
    scopes,
    expiresAt: Number(claims['exp']),
    ...(patient === undefined ? {} : { patient, patientReach: settings.patientReach }),
    ...(fhirUser === undefined ? {} : { fhirUser }),
  });
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
