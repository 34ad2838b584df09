/** A MeasureReport against the Measure it reports on. https://hl7.org/fhir/R4/measurereport.html */
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import { resolveCanonical } from './canonicals.ts';
import { enterStep, type Run, report } from './issues.ts';
import { objectsOf } from './profile-element.ts';

interface Context {
  readonly run: Run;
  /** Not yet complete: what is missing may still come. */
  readonly unfinished: boolean;
  readonly type: JsonValue | undefined;
  /** The code of `Measure.scoring`. */
  readonly scoring: JsonValue | undefined;
}

export function checkMeasureReport(measureReport: JsonObject, run: Run, depth: number): void {
  const canonical = measureReport['measure'];
  if (typeof canonical !== 'string') return;
  const measure = resolveCanonical(canonical, run);
  if (measure?.resourceType !== 'Measure') {
    report(run, depth, 'measure-unknown', { parameters: { canonical: canonical.slice(0, 200) } });
    return;
  }
  const { type, status } = measureReport;
  const [scoring] = codesOf(measure['scoring']);
  const context: Context = { run, unfinished: status !== 'complete', type, scoring: scoring?.['code'] };
  checkParts({ asked: measure, given: measureReport, name: 'group' }, context, depth, checkGroup);
}

interface Parts {
  /** Where the measure and the report have their lists. */
  readonly asked: JsonObject;
  readonly given: JsonObject;
  readonly name: 'group' | 'population' | 'stratifier';
}

type PartCheck = (asked: JsonObject, given: JsonObject, context: Context, depth: number) => void;

/** Each part of the report has one of the measure, by its code; only one there and one here belong together without. */
function checkParts({ asked, given, name }: Parts, context: Context, depth: number, check: PartCheck): void {
  const { run, unfinished } = context;
  const wanted = objectsOf(asked[name]);
  const parts = objectsOf(given[name]);
  const met = new Set<JsonObject>();
  for (const [position, part] of parts.entries()) {
    if (run.full) return;
    enterStep(run, depth, name, position);
    const alone = wanted.length === 1 && parts.length === 1 && part['code'] === undefined;
    const found = alone ? wanted[0] : wanted.find((one) => isSameCode(one['code'], part['code']));
    if (found === undefined) report(run, depth + 1, 'measure-part-unknown', { parameters: { part: name } });
    else if (met.has(found)) report(run, depth + 1, 'measure-part-twice', { parameters: { part: name } });
    else check(found, part, context, depth + 1);
    if (found !== undefined) met.add(found);
  }
  const missing = wanted.filter((one) => !met.has(one));
  const severity = unfinished ? 'warning' : 'error';
  for (const _ of missing) report(run, depth, 'measure-part-missing', { severity, parameters: { part: name } });
}

const checkGroup: PartCheck = (asked, given, context, depth) => {
  checkScore(given, context, depth);
  checkParts({ asked, given, name: 'population' }, context, depth, checkPopulation);
  checkParts({ asked, given, name: 'stratifier' }, context, depth, () => undefined);
};

/** A cohort only counts who belongs to it; the other scorings come to a score. */
function checkScore({ measureScore }: JsonObject, { run, scoring, unfinished }: Context, depth: number): void {
  const severity = unfinished ? 'warning' : 'error';
  if (scoring === 'cohort' && measureScore !== undefined) report(run, depth, 'measure-score-prohibited');
  else if ((scoring === 'proportion' || scoring === 'ratio' || scoring === 'continuous-variable') && measureScore === undefined)
    report(run, depth, 'measure-score-missing', { severity, parameters: { scoring } });
}

/** "subjectResults: This element refers to a List of subject level MeasureReport resources": for reports of the type subject-list only. */
const checkPopulation: PartCheck = (_, { subjectResults, count }, { run, type }, depth) => {
  if (type === 'subject-list') return;
  if (subjectResults !== undefined) report(run, depth, 'measure-subjects');
  if (count === undefined) report(run, depth, 'measure-count-missing');
};

/** A code in common, or the same text where neither has codes. A code without system is one of any. */
function isSameCode(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  const [ours, theirs] = [codesOf(left), codesOf(right)];
  if (ours.length === 0 && theirs.length === 0)
    return conceptsOf(left).some(({ text }) => text !== undefined && conceptsOf(right).some((other) => other['text'] === text));
  return ours.some((one) =>
    theirs.some((other) => one['code'] === other['code'] && isSameSystem(one['system'], other['system'])),
  );
}

function isSameSystem(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  return left === undefined || right === undefined || left === right;
}

function codesOf(value: JsonValue | undefined): readonly JsonObject[] {
  return conceptsOf(value).flatMap(({ coding }) => objectsOf(coding));
}

/** One CodeableConcept, or several: a stratifier has one in the measure, a list in the report. */
function conceptsOf(value: JsonValue | undefined): readonly JsonObject[] {
  return isJsonObject(value) ? [value] : objectsOf(value);
}
