/** Regular expressions that a profile brings: http://hl7.org/fhirpath/N1/#matchesregex-string-boolean */

const charactersMax = 1_000;

/** Takes a pattern, gives a test that is true when any part of a text matches. Throws an Error for a pattern that is refused. */
export function compilePattern(pattern: string): (text: string) => boolean {
  const expression = compile(pattern);
  return (text) => expression.test(text);
}

export function compileReplacement(pattern: string): (text: string, substitution: string) => string {
  const expression = new RegExp(compile(pattern), 'gsu');
  return (text, substitution) => text.replace(expression, substitution);
}

function compile(pattern: string): RegExp {
  if (pattern.length > charactersMax) throw new Error(`a regular expression has more than ${charactersMax} characters`);
  return new RegExp(pattern, 'su');
}
