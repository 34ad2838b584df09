/** Patches as requests and as resources of Bundle entries. */
import type { FetchOptions } from './server.ts';

export const jsonPatchType = 'application/json-patch+json';

export const jsonPatch = (...operations: readonly object[]): FetchOptions => ({
  method: 'PATCH',
  body: operations,
  headers: { 'content-type': jsonPatchType },
});

/** `replace Patient.gender` with `{ valueCode: 'male' }`. */
export function fhirpathPatch(operation: string, value?: object, name?: string): FetchOptions {
  const [type, ...path] = operation.split(' ');
  const part = [
    { name: 'type', valueCode: type },
    { name: 'path', valueString: path.join(' ') },
    ...(name === undefined ? [] : [{ name: 'name', valueString: name }]),
    ...(value === undefined ? [] : [{ name: 'value', ...value }]),
  ];
  return { method: 'PATCH', body: { resourceType: 'Parameters', parameter: [{ name: 'operation', part }] } };
}

/** A JSON Patch as an entry of a Bundle holds it. */
export const binaryPatch = (...operations: readonly object[]) => ({
  resourceType: 'Binary',
  contentType: jsonPatchType,
  data: Buffer.from(JSON.stringify(operations)).toString('base64'),
});
