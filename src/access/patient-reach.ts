/** How far a `patient/` scope reaches on each type, as criteria. The rules are data: `conformance/compartments/patient-access.json`. */
import type { PatientAccess, PatientAccessRule } from '../definitions/patient-access.ts';
import { all, type Criterion, nobodysCompartment, or } from '../search/criterion.ts';
import type { PatientReach, Permission } from './access-context.ts';

/** Made once at start; every AccessContext with a patient carries it. */
export function openPatientReach(rules: PatientAccess): PatientReach {
  return (patient, type, permission) => {
    const rule = rules.rule(type);
    return changes(permission) && !rule.write ? undefined : seen(rule, patient);
  };
}

function changes(permission: Permission): boolean {
  return permission === 'c' || permission === 'u' || permission === 'd';
}

/**
 * Only criteria that hold of every version, old and deleted ones too: the compartments are kept with the version, the index entries are not.
 */
function seen(rule: PatientAccessRule, patient: string): Criterion | undefined {
  const own: Criterion = { kind: 'compartment', member: `Patient/${patient}` };
  switch (rule.reach) {
    case 'self':
    case 'subject':
      return own;
    case 'subject-or-none':
      return or(own, { kind: 'compartment', member: nobodysCompartment });
    case 'shared':
      return all;
    case 'none':
      return undefined;
  }
}
