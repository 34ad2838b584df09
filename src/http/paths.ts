/** The parts of a request's address, decoded once and strictly. https://hl7.org/fhir/R4/http.html#general */
import { limits } from '../fhir/limits.ts';
import { invalidValue, uriTooLong } from '../fhir/outcome.ts';

/** Where FHIR begins on this server, whatever address clients use (`PUBLIC_BASE_URL`). */
export const basePath = '/fhir';

export type QueryPairs = readonly (readonly [name: string, value: string])[];

export interface Address {
  /** Behind the base, decoded: `['Patient', '1']`; none for the base itself. */
  readonly segments: readonly string[];
  readonly query: QueryPairs;
}

/**
 * Reads the address of a FHIR request as it stood in the request line: a path, or a whole URL, whose host says nothing here ("a server MUST
 * accept the absolute-form in requests": https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2). Throws 400 for an escape that is no UTF-8 (an overlong form among
 * them) and 414 over `limits.queryCharactersMax`. A slash at the end is passed over; an empty or escaped part stays and matches nothing.
 */
export function parseAddress(url: string): Address {
  const mark = url.indexOf('?');
  const path = (mark < 0 ? url : url.slice(0, mark)).replace(/^https?:\/\/[^/]*/i, '');
  const query = mark < 0 ? '' : url.slice(mark + 1);
  if (!path.startsWith(basePath)) throw invalidValue('The request line must hold a path, or an http or https URL.');
  if (query.length > limits.queryCharactersMax) {
    throw uriTooLong(
      `The query has more than ${limits.queryCharactersMax} characters. Send it as the form body of POST _search.`,
    );
  }
  const behind = path.slice(basePath.length).replace(/^\//, '').replace(/\/$/, '');
  return { segments: behind === '' ? [] : behind.split('/').map((part) => decode(part, 'path')), query: parsePairs(query) };
}

/**
 * Reads a query or a form body (`application/x-www-form-urlencoded`), in its order. Throws 400 for an escape that is no UTF-8, or over
 * `limits.searchParametersMax` parts.
 */
export function parsePairs(text: string): QueryPairs {
  const parts = text.split('&', limits.searchParametersMax + 1);
  if (parts.length > limits.searchParametersMax)
    throw invalidValue(`A query may have at most ${limits.searchParametersMax} parameters.`);
  return parts
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      const name = equals < 0 ? part : part.slice(0, equals);
      const value = equals < 0 ? '' : part.slice(equals + 1);
      return [decodeForm(name), decodeForm(value)] as const;
    });
}

function decodeForm(text: string): string {
  return decode(text.replaceAll('+', ' '), 'query');
}

function decode(text: string, where: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidValue(`The ${where} has a percent escape that is not UTF-8, such as %C0%AF or a lone %.`);
  }
}
