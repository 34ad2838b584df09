/** Who carries out which interaction. Apart from the table, which the handlers themselves read (Bundle entries). */
import type { InteractionCode } from '../fhir/types.ts';
import { batch } from './batch.ts';
import { capabilities } from './capabilities.ts';
import type { Handler } from './context.ts';
import { create } from './create.ts';
import { deleteResource } from './delete.ts';
import { history } from './history.ts';
import { job } from './job.ts';
import { operation } from './operation.ts';
import { patch } from './patch.ts';
import { read } from './read.ts';
import { searchSystem } from './search-system.ts';
import { searchType } from './search-type.ts';
import { transaction } from './transaction.ts';
import { update } from './update.ts';
import { vread } from './vread.ts';

export const handlers: ReadonlyMap<InteractionCode, Handler> = new Map<InteractionCode, Handler>([
  ['capabilities', capabilities],
  ['transaction', transaction],
  ['batch', batch],
  ['search-system', searchSystem],
  ['search-type', searchType],
  ['history-system', history],
  ['history-type', history],
  ['history-instance', history],
  ['operation', operation],
  ['job', job],
  ['create', create],
  ['read', read],
  ['vread', vread],
  ['update', update],
  ['patch', patch],
  ['delete', deleteResource],
]);
