/** Issues with the line and column of what they are about, in the text that was sent. */
import { limits } from './limits.ts';
import type { Issue } from './outcome.ts';
import type { FindPlace, FindPlaces } from './places.ts';

/**
 * Gives the issues of several answers to one text their lines and columns, in one pass over it, and in none when there are no issues. Those that
 * name no element of the text stay as they are, and so do those that no answer has room for.
 */
export function placeIssues(answers: readonly (readonly Issue[])[], find: FindPlaces | undefined): readonly (readonly Issue[])[] {
  const wanted = answers.flatMap((issues) => issues.slice(0, limits.issuesMax)).map(placeOf);
  if (find === undefined || wanted.every((expression) => expression === undefined)) return answers;
  const found = find(wanted);
  return answers.map((issues) => issues.map((issue) => placeIssue(issue, found)));
}

/**
 * Finds places of a text that holds a resource of this type: expressions that begin with another word are about something else, such as the
 * request or a stored resource.
 */
export function withinType(type: string | undefined, find: FindPlaces): FindPlaces {
  const isHere = (expression: string | undefined) => {
    const [first] = expression?.split('.', 1) ?? [];
    return first !== undefined && (first === type || first === nameless);
  };
  return (expressions) => {
    const here = expressions.filter(isHere);
    if (here.length === 0) return () => undefined;
    const found = find(here);
    return (expression) => (isHere(expression) ? found(expression) : undefined);
  };
}

/** What expressions begin with when a text names no type that R4 has. */
const nameless = 'Resource';

function placeOf({ line, inText, expression }: Issue): string | undefined {
  return line === undefined ? (inText ?? expression) : undefined;
}

function placeIssue(issue: Issue, find: FindPlace): Issue {
  const place = find(placeOf(issue));
  return place === undefined ? issue : { ...issue, line: place.line, column: place.column };
}
