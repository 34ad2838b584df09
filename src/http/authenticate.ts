/** From the Authorization header to an AccessContext. https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
import type { Request } from 'express';
import { type AccessContext, everyone } from '../access/access-context.ts';
import type { TokenVerifier } from '../access/verify-token.ts';
import { invalidValue, unauthenticated } from '../fhir/outcome.ts';

/**
 * The header is the only way to bring a token: query, form and cookies are not looked at. Throws 401 without a token or with one that does
 * not hold, 400 for two headers. `verify` is undefined under AUTH=none.
 */
export async function authenticate(request: Request, verify: TokenVerifier | undefined): Promise<AccessContext> {
  if (verify === undefined) return everyone;
  const [header, ...others] = request.headersDistinct['authorization'] ?? [];
  if (others.length > 0) throw invalidValue('A request may have one Authorization header only.');
  const [, token] = /^bearer +(\S+) *$/i.exec(header ?? '') ?? [];
  if (token === undefined) {
    throw unauthenticated(
      'This request needs an access token: send Authorization: Bearer <token>. SMART discovery is at .well-known/smart-configuration.',
      'Bearer realm="fhir"',
    );
  }
  return verify(token);
}
