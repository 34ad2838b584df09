/** What this server refuses to store although FHIR allows it, because storing it would promise what it does not do. */
import type { JsonValue, Resource } from '../fhir/types.ts';
import type { ValidationIssue } from '../validation/validate.ts';

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

/** The rules of this server that the resource breaks; `place` is the FHIRPath of the resource. */
export function checkServerRules(resource: Resource, place: string): readonly ValidationIssue[] {
  return rules
    .filter((rule) => rule.type === resource.resourceType && rule.values.has(resource[rule.element]))
    .map((rule) => ({
      severity: 'error',
      code: 'business-rule',
      source: 'server',
      id: rule.id,
      text: rule.text,
      expression: `${place}.${rule.element}`,
    }));
}
