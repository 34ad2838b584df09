/** https://www.rfc-editor.org/rfc/rfc6901 */

/** The tokens of a JSON Pointer, unescaped; undefined for a text that is none. The empty pointer names the whole. */
export function parsePointer(text: string): readonly string[] | undefined {
  if (text === '') return [];
  if (!text.startsWith('/') || /~(?![01])/.test(text)) return undefined;
  return text
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** A pointer for a message: names of elements and positions as they are, anything else, which could hold a person's data, as `…`. */
export function showPointer(tokens: readonly string[]): string {
  const shown = tokens.map((token) => (/^(?:_?[A-Za-z][A-Za-z0-9]{0,63}|\d{1,9}|-)$/.test(token) ? token : '…'));
  return shown.length === 0 ? 'the whole resource' : `/${shown.join('/')}`;
}

/** A token as the position of one of `length` items; undefined when there is none at it. */
export function itemIndex(token: string, length: number): number | undefined {
  if (!/^(?:0|[1-9]\d{0,8})$/.test(token)) return undefined;
  const index = Number(token);
  return index < length ? index : undefined;
}
