/** What an app can learn before it has a token. https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#using-well-known */
import type { JsonObject } from '../fhir/types.ts';

/**
 * The discovery document: only what works. There is no authorization server here (tokens come from `TRUSTED_ISSUERS` or from the command
 * line), so no endpoint and no grant is named.
 * https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#permissions
 */
export function smartConfiguration(jwksUrl: string): JsonObject {
  return {
    jwks_uri: jwksUrl,
    grant_types_supported: [],
    scopes_supported: ['patient/*.rs', 'patient/*.cruds', 'user/*.cruds', 'system/*.cruds'],
    capabilities: ['permission-patient', 'permission-user', 'permission-v1', 'permission-v2'],
  };
}
