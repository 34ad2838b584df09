/** JSON text set out for reading, every character of its values kept. https://hl7.org/fhir/R4/http.html#parameters, `_pretty` */

/** The text must be JSON without white space between its parts, as `formatJson` writes it. */
export function prettyJson(text: string): string {
  const parts: string[] = [];
  let level = 0;
  for (let at = 0; at < text.length; ) {
    const end = endOfToken(text, at);
    const token = text.slice(at, end);
    if ((token === '{' || token === '[') && !closes(text[end])) level += 1;
    else if (closes(token) && !opens(text[at - 1])) level -= 1;
    parts.push(setOut(token, text[at - 1], text[end], level));
    at = end;
  }
  return `${parts.join('')}\n`;
}

/** A token with the line ends around it. */
function setOut(token: string, before: string | undefined, behind: string | undefined, level: number): string {
  if (opens(token)) return closes(behind) ? token : `${token}${newLine(level)}`;
  if (closes(token)) return opens(before) ? token : `${newLine(level)}${token}`;
  if (token === ',') return `,${newLine(level)}`;
  return token === ':' ? ': ' : token;
}

function opens(mark: string | undefined): boolean {
  return mark === '{' || mark === '[';
}

function closes(mark: string | undefined): boolean {
  return mark === '}' || mark === ']';
}

function newLine(level: number): string {
  return `\n${'  '.repeat(level)}`;
}

/** Behind the mark, string or other value that starts here. */
function endOfToken(text: string, start: number): number {
  if (text[start] === '"') return endOfString(text, start);
  let end = start + 1;
  if (marks.includes(text[start] ?? '')) return end;
  while (end < text.length && !marks.includes(text[end] ?? '')) end += 1;
  return end;
}

const marks = '{}[],:"';

function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let escapes = quote;
    while (text[escapes - 1] === '\\') escapes -= 1;
    if ((quote - escapes) % 2 === 0) return quote + 1;
  }
  return text.length;
}
