/** Which index entries a search parameter answers for. */

/** Whether a key of index entries (`code`, `code:text`, `code$1`) belongs to one of the parameters, given by code. */
export function isOfParameters(key: string, parameters: readonly string[]): boolean {
  return parameters.includes(key.replace(/[:$].*$/s, ''));
}
