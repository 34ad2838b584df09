/** Media types and ranges as headers have them. https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1 */

export interface MediaRange {
  /** In lower case: `application/fhir+json`, `text/*`. */
  readonly type: string;
  /** Names and values in lower case, without quotes. */
  readonly parameters: ReadonlyMap<string, string>;
  /** How much it is wanted: 0 is not at all, 1 is the most and what is meant when nothing is said. */
  readonly weight: number;
}

/** Reads one media type or range, whatever it is. */
export function parseRange(text: string): MediaRange {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim().toLowerCase());
  const pairs = rest.map((parameter): [string, string] => {
    const [name = '', value = ''] = parameter.split('=').map((part) => part.trim());
    return [name, value.replace(/^"(.*)"$/, '$1')];
  });
  const parameters = new Map(pairs);
  const weight = Number(parameters.get('q') ?? 1);
  return { type, parameters, weight: weight >= 0 && weight <= 1 ? weight : 0 };
}

/** Reads a list, such as the value of `Accept`. */
export function parseRanges(text: string): readonly MediaRange[] {
  return text.split(',').map(parseRange);
}

/** How much a media type is wanted: the range that names it most closely decides. Undefined when none covers it. */
export function weightOf(type: string, ranges: readonly MediaRange[]): number | undefined {
  const [top = ''] = type.split('/', 1);
  for (const wanted of [type, `${top}/*`, '*/*']) {
    const found = ranges.filter((range) => range.type === wanted);
    if (found.length > 0) return Math.max(...found.map(({ weight }) => weight));
  }
  return undefined;
}
