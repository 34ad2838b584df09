/** The extended operations on offer. https://hl7.org/fhir/R4/operations.html */
import type { OperationDefinition } from '../interactions/context.ts';
import { everything } from './everything.ts';
import { validate } from './validate.ts';

export const operations: readonly OperationDefinition[] = [everything, validate];
