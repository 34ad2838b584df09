/** What R4 says of a SearchParameter beyond its structure. https://hl7.org/fhir/R4/searchparameter.html */
import { expressionFor } from '../definitions/search-parameters.ts';
import type { JsonObject, JsonValue } from '../fhir/types.ts';
import { compileExpression } from '../fhirpath/expression.ts';
import { enterStep, type Run, report } from './issues.ts';
import { echo } from './messages.ts';

export function checkSearchParameter(parameter: JsonObject, run: Run, depth: number): void {
  const { expression, derivedFrom } = parameter;
  const bases = textsOf(parameter['base']).filter((base) => run.tools.definitions.lineage(base).length > 0);
  if (typeof expression === 'string') {
    enterStep(run, depth, 'expression');
    checkExpression(expression, bases, run, depth + 1);
  }
  if (typeof derivedFrom === 'string') checkDerivation(parameter, bases, derivedFrom, run, depth);
}

/** Each base has a part of the expression, and each part a base. */
function checkExpression(expression: string, bases: readonly string[], run: Run, depth: number): void {
  const { definitions } = run.tools;
  const lineages = bases.map((base) => definitions.lineage(base));
  const heads = Array.from(expression.matchAll(/(?:^|\||\()\s*\(*([A-Z][A-Za-z]+)\b(?=[.\s|)]|$)/g), ([, head = '']) => head);
  const stray = heads.find((head) => isType(head, run) && !lineages.some((lineage) => isRelated(head, lineage, run)));
  if (bases.length > 0 && stray !== undefined) {
    report(run, depth, 'search-expression-type', { parameters: { type: stray, bases } });
    return;
  }
  for (const base of bases) {
    const own = expressionFor(expression, definitions.lineage(base));
    const fault = own === '' ? undefined : faultOf(own, base, run);
    if (own === '') report(run, depth, 'search-expression-missing', { parameters: { base } });
    else if (fault !== undefined) report(run, depth, 'search-expression', { parameters: { base, detail: fault } });
  }
}

function isType(name: string, { tools }: Run): boolean {
  return tools.definitions.type(name)?.kind === 'resource';
}

/** A base that is abstract covers the types that specialise it. */
function isRelated(head: string, lineage: readonly string[], { tools }: Run): boolean {
  const [base = ''] = lineage;
  return lineage.includes(head) || tools.definitions.lineage(head).includes(base);
}

function faultOf(expression: string, base: string, { tools }: Run): string | undefined {
  try {
    compileExpression(expression, base, tools.definitions);
    return undefined;
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
}

/** "derivedFrom: Where this search parameter is originally defined … additional constraints": the same type, no other bases. */
function checkDerivation(parameter: JsonObject, bases: readonly string[], url: string, run: Run, depth: number): void {
  const original = run.tools.definitions.searchParameterByUrl(url.split('|')[0] ?? url);
  if (original === undefined) return;
  const others = bases.filter((base) => !run.tools.definitions.lineage(base).some((name) => original.base.includes(name)));
  if (others.length > 0) report(run, depth, 'search-derived-base', { parameters: { bases: others, url } });
  const { type, expression } = parameter;
  if (typeof type === 'string' && type !== original.type)
    report(run, depth, 'search-derived-type', { parameters: { type: echo(type), expected: original.type } });
  if (typeof expression === 'string' && original.expression !== undefined && plain(expression) !== plain(original.expression))
    report(run, depth, 'search-derived-expression', { parameters: { url } });
}

/** The packer writes `ofType` where R4 has `as`. */
function plain(expression: string): string {
  return expression.replace(/\s+/g, '').replaceAll('.ofType(', '.as(');
}

function textsOf(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((one: JsonValue): one is string => typeof one === 'string') : [];
}
