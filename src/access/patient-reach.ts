/** How far a `patient/` scope reaches on each type, as criteria. The rules are data: `conformance/compartments/patient-access.json`. */
import type { PatientAccess, PatientAccessRule } from '../definitions/patient-access.ts';
import { contextParameter, linkParameter } from '../search/access-entries.ts';
import { all, type Criterion, nobodysCompartment, or } from '../search/criterion.ts';
import type { PatientReach, Permission } from './access-context.ts';

/** Made once at start; every AccessContext with a patient carries it. */
export function openPatientReach(rules: PatientAccess): PatientReach {
  return (patient, type, permission, mayRead = () => true) => {
    const rule = rules.rule(type);
    if (changes(permission) && !rule.write) return undefined;
    const own: Criterion = { kind: 'compartment', member: `Patient/${patient}` };
    if (rule.reach !== 'linked') return seen(rule, own);
    const contexts = rules.subjectTypes.filter(mayRead);
    return seenThroughOthers({ own, permission, contexts, sources: Object.keys(rule.links).filter(mayRead) });
  };
}

function changes(permission: Permission): boolean {
  return permission === 'c' || permission === 'u' || permission === 'd';
}

/** Criteria that hold of every version, old and deleted ones too: the compartments are kept with the version. */
function seen(rule: PatientAccessRule, own: Criterion): Criterion | undefined {
  switch (rule.reach) {
    case 'self':
    case 'subject':
      return own;
    case 'subject-or-none':
      return or(own, { kind: 'compartment', member: nobodysCompartment });
    case 'shared':
      return all;
    default:
      return undefined;
  }
}

interface Others {
  readonly own: Criterion;
  readonly permission: Permission;
  /** The types that may stand for the resource. A shared one (an Organization) says nothing of whose it is, and is none of them. */
  readonly contexts: readonly string[];
  /** The types that link to it. */
  readonly sources: readonly string[];
}

/**
 * What stands for the resource is the patient's, or something of the patient's links to it. A link shows what it leads to, but does not give it
 * away: others may link to the same, so only what stands for it lets it be changed. It can't be searched: a search would follow the links of
 * the whole record, and R4 gives it nothing to be found by.
 */
function seenThroughOthers({ own, permission, contexts, sources }: Others): Criterion | undefined {
  if (permission === 's') return undefined;
  const stoodFor: Criterion = { kind: 'chain', parameter: contextParameter, types: contexts, target: own };
  if (changes(permission)) return or(own, stoodFor);
  const linked = sources.map((type): Criterion => ({ kind: 'reverse-chain', type, parameter: linkParameter, source: own }));
  return or(own, stoodFor, ...linked);
}
