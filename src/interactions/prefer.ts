/** https://hl7.org/fhir/R4/http.html#ops and https://hl7.org/fhir/R4/search.html#errors */
import { exception, type Issue, languagesOf } from '../fhir/outcome.ts';
import type { Written } from './commit.ts';
import type { FhirResponse } from './context.ts';

export interface Preference {
  /** What a write answers with. */
  readonly return: 'minimal' | 'representation' | 'OperationOutcome';
  /** `handling=strict`: an unknown search parameter is an error. */
  readonly strict: boolean;
  /** `handling=lenient`, asked for in so many words: go on as far as can be. */
  readonly lenient: boolean;
  /** `respond-async`: the answer may come later. */
  readonly async: boolean;
}

/** Reads a `Prefer` header (RFC 7240). What is not understood is ignored, as that RFC wants. */
export function parsePrefer(header: string | undefined, fallback: Preference['return'] = 'representation'): Preference {
  const wanted = new Map<string, string>();
  for (const part of (header ?? '').split(/[,;]/)) {
    const [name = '', value = ''] = part.split('=').map((piece) => piece.trim());
    const key = name.toLowerCase();
    if (!wanted.has(key)) wanted.set(key, value.replace(/^"(.*)"$/, '$1').toLowerCase());
  }
  const handling = wanted.get('handling');
  return {
    return: returns.get(wanted.get('return') ?? '') ?? fallback,
    strict: handling === 'strict',
    lenient: handling === 'lenient',
    async: wanted.has('respond-async'),
  };
}

/** The preference of a Bundle's entries: the Bundle's own, and `minimal` when it has none, so that answers stay small. */
export function entryPrefer(header: string | undefined): string {
  const preference = parsePrefer(header, 'minimal');
  return `return=${preference.return}, handling=${preference.strict ? 'strict' : 'lenient'}`;
}

const returns: ReadonlyMap<string, Preference['return']> = new Map([
  ['minimal', 'minimal'],
  ['representation', 'representation'],
  ['operationoutcome', 'OperationOutcome'],
]);

/** The answer to a create or update, as `Prefer: return=` wants it. */
export function answerWrite({ version, created, issues }: Written, prefer: string | undefined): FhirResponse {
  if (version === undefined) throw exception('A write left no version behind.');
  const { key, versionId, lastUpdated, text } = version;
  // After a conditional interaction only the location tells which resource it was, so it is given with 200 too.
  const location = `${key.type}/${key.id}/_history/${versionId}`;
  const response: FhirResponse = { status: created ? 201 : 200, location, versionId, lastUpdated, issues };
  const wanted = parsePrefer(prefer).return;
  if (wanted === 'minimal') return response;
  if (wanted === 'representation') return { ...response, text };
  const said = withVerdict(issues);
  return { ...response, outcome: said, language: languagesOf(said) };
}

/** An OperationOutcome needs an issue: without warnings it says that all went well. */
export function withVerdict(
  issues: readonly Issue[],
  text = 'The resource is stored; there is nothing to remark.',
): readonly Issue[] {
  return issues.length > 0 ? issues : [{ severity: 'information', code: 'informational', text }];
}
