/** A primitive's text in XML as JSON has it. https://hl7.org/fhir/R4/json.html#primitive */
import type { Definitions } from '../../definitions/definitions.ts';

export type PrimitiveKind = 'text' | 'code' | 'boolean' | 'integer' | 'decimal';

export interface PrimitiveValue {
  readonly value: string | number | boolean;
  /** A number's digits, where JavaScript would write others. */
  readonly literal?: string;
}

/** `text`: white space at its ends belongs to it, as in markdown; of all other types it is to be passed over. */
export function primitiveKind(type: string, definitions: Definitions): PrimitiveKind {
  const lineage = definitions.lineage(type);
  if (lineage.includes('boolean')) return 'boolean';
  if (lineage.includes('integer')) return 'integer';
  if (lineage.includes('decimal')) return 'decimal';
  return type === 'string' || type === 'markdown' ? 'text' : 'code';
}

const number = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const integer = /^[+-]?(?:0|[1-9][0-9]*)$/;

/** Reads the value; undefined when JSON could not even hold it. Whether it is right is for validation to say. */
export function readPrimitive(text: string, kind: PrimitiveKind): PrimitiveValue | undefined {
  if (kind === 'text') return { value: text };
  const trimmed = trim(text);
  switch (kind) {
    case 'code':
      return { value: trimmed };
    case 'boolean':
      return trimmed === 'true' || trimmed === 'false' ? { value: trimmed === 'true' } : undefined;
    case 'integer':
      // "[0]|[-+]?[1-9][0-9]*": JSON has no plus sign.
      return integer.test(trimmed) ? numberOf(trimmed.replace('+', '')) : undefined;
    case 'decimal':
      return number.test(trimmed) ? numberOf(trimmed) : undefined;
  }
}

/** The white space of XML alone: a no-break space is a character like others. */
function trim(text: string): string {
  return /^[ \t\r\n]|[ \t\r\n]$/.test(text) ? text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '') : text;
}

function numberOf(literal: string): PrimitiveValue | undefined {
  const value = Number(literal);
  if (!Number.isFinite(value)) return undefined;
  return String(value) === literal ? { value } : { value, literal };
}
