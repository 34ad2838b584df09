/** What is wrong with XML, and where: line and column, and the FHIRPath of the element around it. */
import { type FhirError, misplaced } from '../../fhir/outcome.ts';
import type { Frame } from './frame.ts';

/** The error for a fault at a place of the text, within the elements that are open there; `fatal` for what is no XML. */
export function placeFault(
  text: string,
  at: number,
  what: string,
  open: readonly Frame[],
  severity: 'error' | 'fatal' = 'error',
): FhirError {
  const before = text.slice(0, Math.max(at, 0));
  const line = before.split('\n').length;
  const column = before.length - before.lastIndexOf('\n');
  return misplaced(what, { line, column, expression: open.length === 0 ? undefined : pathOf(open) }, severity);
}

/** Leaves out the line and column that the parser counts, and whatever it quotes of the text. */
export function wellFormedness(error: Error): string {
  const [, kind = ''] = /^\d+:\d+: ([^:."]*)/.exec(error.message) ?? [];
  return `The XML is not well formed (${kind.trim()})`;
}

/** `Bundle.entry[0].resource.name[1]`: a resource within another goes by the name of the element that holds it. */
function pathOf(open: readonly Frame[]): string {
  return open
    .filter(({ member }, position) => member !== undefined || position === 0)
    .map(({ name, index }) => (index === undefined ? name : `${name}[${index}]`))
    .join('.');
}
