/** Validators over the real definitions, opened once per file that asks. */
import { type DefinitionFolders, openDefinitions } from '../../src/definitions/load.ts';
import type { Issue } from '../../src/fhir/outcome.ts';
import type { JsonValue } from '../../src/fhir/types.ts';
import { openValidator, type ValidateOptions, type Validator, type ValidatorSettings } from '../../src/validation/validate.ts';

/** Frozen, so that nothing depends on the day the tests run. */
const now = () => Date.parse('2026-11-23T12:00:00Z');

export function openTestValidator(settings: Partial<ValidatorSettings> = {}, folders: DefinitionFolders = {}): Validator {
  return openValidator(openDefinitions(folders), { mode: 'base', timeZone: 'Europe/Rome', now, ...settings });
}

export function isError({ severity }: Issue): boolean {
  return severity === 'error' || severity === 'fatal';
}

/** The errors of a resource, as `id expression`. */
export function errorsOf(validator: Validator, resource: JsonValue, options?: ValidateOptions): readonly string[] {
  return validator
    .validate(resource, options)
    .filter(isError)
    .map(({ id, expression }) => `${id} ${expression}`);
}

/** Everything said of a resource but recommendations and systems that are not at hand: `severity id expression`. */
export function saidOf(validator: Validator, resource: JsonValue, options?: ValidateOptions): readonly string[] {
  return validator
    .validate(resource, { recommendations: false, ...options })
    .filter(({ id }) => id !== 'coding-system-unknown')
    .map(({ severity, id, expression }) => `${severity} ${id} ${expression}`);
}
