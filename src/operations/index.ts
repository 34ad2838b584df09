/** The extended operations on offer. https://hl7.org/fhir/R4/operations.html */
import type { OperationDefinition } from '../interactions/context.ts';
import { document } from './document.ts';
import { everything } from './everything.ts';
import { lastn } from './lastn.ts';
import { meta } from './meta.ts';
import { metaAdd, metaDelete } from './meta-change.ts';
import { validate } from './validate.ts';

export const operations: readonly OperationDefinition[] = [document, everything, lastn, meta, metaAdd, metaDelete, validate];
