/** What every Observation should say: good practice that the reference validator has, too. https://hl7.org/fhir/R4/observation.html */
import type { JsonObject } from '../fhir/types.ts';
import { type Run, report } from './issues.ts';

const wanted = [
  ['subject', 'observation-subject'],
  ['performer', 'observation-performer'],
  ['effective', 'observation-effective'],
] as const;

/** "Who and/or what the observation is about", "who is responsible for it", "the time … the observed value is asserted as being true". */
export function checkObservation(observation: JsonObject, run: Run, depth: number): void {
  if (!run.recommendations) return;
  for (const [name, id] of wanted) {
    if (!Object.keys(observation).some((key) => key.startsWith(name))) report(run, depth, id);
  }
}
