/** The way a search will take, as MongoDB's planner says. https://www.mongodb.com/docs/manual/reference/explain-results/ */
import type { Document } from 'mongodb';
import { limits } from '../../fhir/limits.ts';
import { forType } from '../../search/criterion.ts';
import { describeCriterion, describeSort } from '../../search/describe.ts';
import type { PlanStep, StoreQuery } from '../store.ts';
import { currentFilter, followChains, type Reading, readOptions } from './chains.ts';
import { currentOf } from './document.ts';
import { pageStages } from './search.ts';

/** Chains are followed to ask for the plan, as the search itself does first. */
export async function explain(reading: Reading, query: StoreQuery): Promise<readonly PlanStep[]> {
  const criterion = await followChains(query.criterion, reading);
  const steps: PlanStep[] = [];
  for (const type of [...new Set(query.types)].sort()) {
    const asked = `${type}: ${describeCriterion(forType(query.criterion, type))}, sorted by ${describeSort(query.sort)}`;
    const filter = currentFilter(criterion, type);
    const stages = filter === undefined ? undefined : pageStages({ type, filter }, query, query.count + 1);
    if (stages === undefined) steps.push({ text: `${asked}: no resource can match, so nothing is read.` });
    else steps.push(await explainStages(asked, stages, type, reading));
  }
  return steps;
}

async function explainStages(asked: string, stages: Document[], type: string, reading: Reading): Promise<PlanStep> {
  const plan = await currentOf(reading.db, type).aggregate(stages, readOptions(reading)).explain('queryPlanner');
  const names = stageNames(winningPlan(plan));
  const scans = names.some((name) => name.startsWith('COLLSCAN'));
  const text = scans
    ? `${asked}: no index bounds it, so each resource is asked, until the page is full; after ${limits.searchTimeMsMax / 1000} seconds the search is refused as too-costly.`
    : `${asked}: an index bounds it.`;
  return names.length === 0 ? { text: `${asked}: the server gives no plan.` } : { text, details: names.join(' <- ') };
}

/** The plan chosen, wherever the server's kind and version put it; those rejected stand beside it. */
function winningPlan(plan: unknown): unknown {
  if (typeof plan !== 'object' || plan === null) return undefined;
  if ('winningPlan' in plan) return plan.winningPlan;
  return Object.values(plan)
    .map(winningPlan)
    .find((found) => found !== undefined);
}

/** `IXSCAN keys` and the like, the last stage first. */
function stageNames(plan: unknown): readonly string[] {
  if (typeof plan !== 'object' || plan === null) return [];
  const { stage, indexName } = plan as { readonly stage?: unknown; readonly indexName?: unknown }; // Looked at before they are used.
  const own = typeof stage === 'string' ? [`${stage}${typeof indexName === 'string' ? ` ${indexName}` : ''}`] : [];
  return [...own, ...Object.values(plan).flatMap(stageNames)];
}
