/** What storing needs even when nothing else is validated: a known type, an id and meta that can be read back. */
import type { Definitions } from '../definitions/definitions.ts';
import type { Check } from './issues.ts';
import { primitiveChecks } from './primitives.ts';
import { knownResource } from './resource-checks.ts';
import { openTypeChecks } from './type-checks.ts';

export function openStorableCheck(definitions: Definitions): Check {
  const refuse: Check = () => false;
  const checkOf = openTypeChecks(definitions, { inner: refuse, rules: {} });
  const parts: readonly (readonly [string, Check | undefined])[] = [
    ['id', primitiveChecks['id']],
    ['meta', checkOf('Meta')],
  ];
  return (value, run, depth) => {
    const resource = knownResource(value, run, depth);
    if (resource === undefined) return false;
    run.indexes[depth] = -1;
    for (const [name, check] of parts) {
      run.names[depth] = name;
      if (resource[name] !== undefined) check?.(resource[name], run, depth + 1);
    }
    return true;
  };
}
