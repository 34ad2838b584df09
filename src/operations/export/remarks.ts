/** What an export has to say besides its resources: lines for the files of messages. */
import { formatJson } from '../../fhir/json.ts';
import { operationOutcome } from '../../fhir/outcome.ts';

export function remark(text: string, expression?: string): string {
  return formatJson(
    operationOutcome([{ severity: 'warning', code: 'not-supported', text, ...(expression === undefined ? {} : { expression }) }]),
  );
}
