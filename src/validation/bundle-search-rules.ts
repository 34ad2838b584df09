/** What holds of the results of a search. https://hl7.org/fhir/R4/bundle.html#searchset */
import { isJsonObject, type JsonObject } from '../fhir/types.ts';
import { type Run, report } from './issues.ts';
import { echo } from './messages.ts';
import { objectsOf } from './profile-element.ts';

type EntryCheck = (entry: JsonObject, run: Run, depth: number) => void;

/** The check of each entry of a searchset, with what its link `self` says was asked for. */
export function openSearchCheck(bundle: JsonObject, run: Run, depth: number): EntryCheck {
  const self = objectsOf(bundle['link']).find(({ relation }) => relation === 'self')?.['url'];
  if (typeof self !== 'string') report(run, depth, 'bundle-search-self');
  const types = typeof self === 'string' ? searchedTypes(self, run) : undefined;
  return (entry, current, at) => checkEntry(entry, types, current, at);
}

/** `Patient` of `https://server/fhir/Patient?name=x`, those of `_type` of `https://server/fhir?_type=…`; undefined for all. */
function searchedTypes(self: string, { tools }: Run): readonly string[] | undefined {
  const [path = '', query = ''] = self.split('?');
  const type = path
    .split('/')
    .filter((step) => step !== '' && step !== '_search')
    .at(-1);
  if (type !== undefined && tools.definitions.isResourceType(type)) return [type];
  const listed = new URLSearchParams(query).get('_type')?.split(',');
  return listed?.every((name) => tools.definitions.isResourceType(name)) ? listed : undefined;
}

function checkEntry({ search, resource }: JsonObject, types: readonly string[] | undefined, run: Run, depth: number): void {
  const mode = isJsonObject(search) ? search['mode'] : undefined;
  if (mode === undefined) report(run, depth, 'bundle-search-mode');
  if (!isJsonObject(resource)) return;
  const type = resource['resourceType'];
  if (mode === 'outcome') {
    if (type !== 'OperationOutcome') report(run, depth, 'bundle-search-outcome', { parameters: { found: echo(type) } });
    return;
  }
  // "An operation outcome that contains information about the search" is no result and has no id.
  if (type === 'OperationOutcome') return;
  if (resource['id'] === undefined) report(run, depth, 'bundle-search-id');
  if (types === undefined || mode === 'include' || (typeof type === 'string' && types.includes(type))) return;
  const severity = mode === undefined ? 'warning' : 'error';
  report(run, depth, 'bundle-search-type', { severity, parameters: { found: echo(type), types } });
}
