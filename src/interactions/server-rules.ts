/** What this server refuses to store although FHIR allows it, because storing it would promise what it does not do. */
import type { JsonValue, Resource } from '../fhir/types.ts';
import type { ValidationIssue } from '../validation/validate.ts';
import type { ServerContext } from './context.ts';

interface ServerRule {
  readonly type: string;
  readonly element: string;
  readonly values: ReadonlySet<JsonValue | undefined>;
  readonly id: string;
  readonly text: string;
}

const rules: readonly ServerRule[] = [
  {
    type: 'Subscription',
    element: 'status',
    // "requested: The client has requested the subscription, and the server has not yet set it up" (https://hl7.org/fhir/R4/valueset-subscription-status.html):
    // accepting one would let a client wait for notifications that never come.
    values: new Set(['requested', 'active']),
    id: 'subscription-not-honoured',
    text: 'This server sends no notifications yet, so a Subscription may be stored with the status "off" or "error" only.',
  },
];

/**
 * What validation said of the resource, and the rules of this server that it breaks besides; `place` is the FHIRPath of the resource. An element
 * that validation has found an error at is not judged twice.
 */
export function withServerRules(
  issues: readonly ValidationIssue[],
  resource: Resource,
  place: string,
  { ownParameters }: Pick<ServerContext, 'ownParameters'>,
): readonly ValidationIssue[] {
  const broken = rules.filter((rule) => rule.type === resource.resourceType && rule.values.has(resource[rule.element]));
  // Only a SearchParameter changes what the server itself can do.
  const problems = resource.resourceType === 'SearchParameter' ? ownParameters.problemsOf(resource) : [];
  const wrong = new Set(issues.flatMap(({ severity, expression }) => (severity === 'error' ? [expression] : [])));
  const found = [...broken, ...problems.map((problem) => ({ id: 'search-parameter-unusable', ...problem }))].map(
    ({ id, text, element }): ValidationIssue => ({
      severity: 'error',
      code: 'business-rule',
      source: 'server',
      id,
      text,
      expression: `${place}.${element}`,
    }),
  );
  return [...issues, ...found.filter(({ expression }) => !wrong.has(expression))];
}
