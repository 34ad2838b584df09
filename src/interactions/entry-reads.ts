/** The entries of a Bundle that read: no more of their answers in memory than a Bundle may have that is sent. */
import { formatJson } from '../fhir/json.ts';
import { limits } from '../fhir/limits.ts';
import { atExpression, tooCostly } from '../fhir/outcome.ts';
import type { BundleEntry } from './bundle-entries.ts';
import type { FhirResponse } from './context.ts';

export interface EntryReads {
  /**
   * Carries an entry out. Throws `tooCostly` (422) for one that reads, without having done anything, when what was read before it has reached
   * `limits.bundleBodyBytesMax`.
   */
  answer(entry: BundleEntry, carryOut: () => Promise<FhirResponse>): Promise<FhirResponse>;
}

export function openEntryReads(): EntryReads {
  let characters = 0;
  return {
    async answer({ match, at }, carryOut) {
      const reads = match.row.method === 'GET' || match.row.form === true || match.row.code === 'operation';
      if (!reads) return carryOut();
      if (characters >= limits.bundleBodyBytesMax) throw atExpression(tooCostly(fullText), () => at);
      const { resource, ...response } = await carryOut();
      const text = resource === undefined ? response.text : formatJson(resource);
      characters += text?.length ?? 0;
      return text === undefined ? response : { ...response, text };
    },
  };
}

const fullText = `The answers to the entries before this one have ${limits.bundleBodyBytesMax / 1024 / 1024} MB, so it was not carried out. Send it in a Bundle of its own, or alone.`;
