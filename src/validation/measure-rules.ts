/** What R4 says of a Measure beyond its invariants: its criteria name definitions that its libraries have. https://hl7.org/fhir/R4/measure.html */
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { compileExpression } from '../fhirpath/expression.ts';
import { resolveCanonical } from './canonicals.ts';
import { enterStep, type Run, report } from './issues.ts';
import { echo } from './messages.ts';
import { checkBase64 } from './primitive-text.ts';
import { objectsOf } from './profile-element.ts';

/** The definitions of a library, and the names under which criteria speak of it: that of its URL and that of its text. */
interface Library {
  readonly names: readonly string[];
  readonly definitions: ReadonlySet<string>;
}

export function checkMeasure(measure: JsonObject, run: Run, depth: number): void {
  const libraries = librariesOf(measure['library'], run);
  const groups = objectsOf(measure['group']);
  for (const [position, group] of groups.entries()) {
    enterStep(run, depth, 'group', position);
    if (groups.length > 1 && group['code'] === undefined) report(run, depth + 1, 'measure-group-code');
    for (const name of ['population', 'stratifier']) checkAll(group, name, libraries, run, depth + 1);
  }
  checkAll(measure, 'supplementalData', libraries, run, depth);
}

function checkAll(owner: JsonObject, name: string, libraries: readonly Library[], run: Run, depth: number): void {
  for (const [position, part] of objectsOf(owner[name]).entries()) {
    enterStep(run, depth, name, position);
    checkCriteria(part, libraries, run, depth + 1);
    for (const [place, component] of objectsOf(part['component']).entries()) {
      enterStep(run, depth + 1, 'component', place);
      checkCriteria(component, libraries, run, depth + 2);
    }
  }
}

function checkCriteria({ criteria }: JsonObject, libraries: readonly Library[], run: Run, depth: number): void {
  const { language, expression } = isJsonObject(criteria) ? criteria : {};
  if (typeof expression !== 'string') return;
  enterStep(run, depth, 'criteria');
  if (language === 'text/cql' || language === 'text/cql.identifier') checkDefinition(expression, libraries, run, depth + 1);
  else if (language === 'text/fhirpath' && !isExpression(expression, run))
    report(run, depth + 1, 'expression-form', { parameters: { language } });
}

/** `Library.Definition` or `Definition`: one of a library that is at hand must have it. */
function checkDefinition(expression: string, libraries: readonly Library[], run: Run, depth: number): void {
  const [, prefix, name] = /^(?:"?([\w-]+)"?\.)?"?([^."]+)"?$/.exec(expression.trim()) ?? [];
  if (name === undefined) return;
  const named = libraries.filter(({ names }) => prefix === undefined || names.includes(prefix));
  if (named.length === 0 || named.some(({ definitions }) => definitions.has(name))) return;
  const shown = named.flatMap(({ names }) => names.slice(0, 1));
  report(run, depth, 'measure-definition', { parameters: { name: echo(name), libraries: shown } });
}

function isExpression(text: string, run: Run): boolean {
  try {
    // What the expression begins at is not told: only its form is looked at.
    compileExpression(text, text.match(/^[A-Z][A-Za-z]+/)?.[0] ?? 'Resource', run.tools.definitions);
    return true;
  } catch (error) {
    if (error instanceof Error) return !/syntax|expected|unexpected/i.test(error.message);
    throw error;
  }
}

function librariesOf(canonicals: JsonValue | undefined, run: Run): readonly Library[] {
  if (!Array.isArray(canonicals)) return [];
  return canonicals.flatMap((canonical: JsonValue) => {
    const library = resolveCanonical(canonical, run);
    const text = library?.resourceType === 'Library' ? cqlOf(library) : undefined;
    return text === undefined ? [] : [{ names: namesOf(String(canonical), text), definitions: definitionsIn(text) }];
  });
}

function namesOf(canonical: string, text: string): readonly string[] {
  const url = canonical.split('|')[0] ?? canonical;
  const [, declared = ''] = /^\s*library\s+"?([\w-]+)"?/.exec(text) ?? [];
  return [url.slice(Math.max(url.lastIndexOf('/'), url.lastIndexOf('#')) + 1), declared];
}

function cqlOf(library: Resource): string | undefined {
  const content = objectsOf(library['content']).find(({ contentType }) => contentType === 'text/cql');
  const data = content?.['data'];
  if (typeof data !== 'string' || checkBase64(data) === 'base64-form') return undefined;
  return Buffer.from(data, 'base64').toString('utf8');
}

/** The names that follow `define` in the CQL text. https://cql.hl7.org/ */
function definitionsIn(text: string): ReadonlySet<string> {
  const pattern = /\bdefine\s+(?:public\s+|private\s+)?(?:fluent\s+)?(?:function\s+)?(?:"([^"]+)"|(\w+))/g;
  return new Set(Array.from(text.matchAll(pattern), ([, quoted, plain]) => quoted ?? plain ?? ''));
}
