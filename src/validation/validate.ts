/** Validation of a resource against base R4, the profiles it claims and the profiles the server imposes. https://hl7.org/fhir/R4/validation.html */
import type { Definitions } from '../definitions/definitions.ts';
import type { Issue } from '../fhir/outcome.ts';
import type { JsonValue } from '../fhir/types.ts';

export interface ValidationIssue extends Issue {
  /** Who says so: base R4 (a 400 on write), a profile, or a rule of this server (422 on write). */
  readonly source: 'base' | 'profile' | 'server';
  /** The canonical of the profile, when the source is one. */
  readonly profile?: string;
}

export interface ValidateOptions {
  /** Canonicals to apply besides those in `meta.profile` and those the server imposes by type. */
  readonly profiles?: readonly string[];
  /** Prefix of every expression: `Bundle.entry[3].resource`; default: the resource type. */
  readonly at?: string;
}

export interface Validator {
  /** All issues, never just the first; at most `limits.issuesMax`. Never throws for bad content. */
  validate(resource: JsonValue, options?: ValidateOptions): readonly ValidationIssue[];
}

export interface ValidatorSettings {
  /** `fse`: base and profiles; `base`: base R4 only; `off`: only what storing needs (resourceType known, id, meta well formed). */
  readonly mode: 'fse' | 'base' | 'off';
  readonly timeZone: string;
}

export declare function openValidator(definitions: Definitions, settings: ValidatorSettings): Validator;
