/** Puts into a resource's text what the store alone knows: https://hl7.org/fhir/R4/resource.html#Meta versionId and lastUpdated. */
import type { StampableText } from '../fhir/json.ts';
import type { ResourceKey } from '../fhir/types.ts';
import type { StoredVersion } from './store.ts';

/** The final JSON text of a version. `lastUpdated` in milliseconds since 1970. */
export function stamp(text: StampableText, versionId: string, lastUpdated: number): string {
  return `${text.head}"versionId":"${versionId}","lastUpdated":"${new Date(lastUpdated).toISOString()}"${text.tail}`;
}

/** What a delete of a key that was never stored answers. */
export function unknownVersion(key: ResourceKey): StoredVersion {
  return { key, versionId: '', lastUpdated: 0, method: 'DELETE', deleted: true, text: '' };
}
