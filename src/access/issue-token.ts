/** Access tokens of the server itself, in the form of https://www.rfc-editor.org/rfc/rfc9068. */
import { SignJWT } from 'jose';
import { type SigningKey, signingAlgorithm } from './keys.ts';

export interface TokenClaims {
  readonly issuer: string;
  /** The base URL of the server it is for. */
  readonly audience: string;
  readonly subject: string;
  readonly clientId: string;
  /** SMART scopes, separated by spaces. */
  readonly scope: string;
  /** A Patient's id: needed by every patient/ scope. */
  readonly patient?: string;
  /** `Practitioner/1`: needed by every user/ scope. */
  readonly fhirUser?: string;
  /** A name of its own for each token. */
  readonly tokenId: string;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Signs an access token with the server's own key. */
export function issueToken(key: SigningKey, claims: TokenClaims): Promise<string> {
  const { scope, clientId, patient, fhirUser } = claims;
  return new SignJWT({
    client_id: clientId,
    scope,
    ...(patient === undefined ? {} : { patient }),
    ...(fhirUser === undefined ? {} : { fhirUser }),
  })
    .setProtectedHeader({ alg: signingAlgorithm, typ: 'at+jwt', kid: key.kid })
    .setIssuer(claims.issuer)
    .setAudience(claims.audience)
    .setSubject(claims.subject)
    .setJti(claims.tokenId)
    .setIssuedAt(claims.issuedAt)
    .setExpirationTime(claims.expiresAt)
    .sign(key.privateKey);
}
