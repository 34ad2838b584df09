/** What an operation is given, whichever way it came. https://hl7.org/fhir/R4/operations.html#request */
import { FhirError, type Issue, invalidValue, unknownParameter } from '../fhir/outcome.ts';
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import type { FhirRequest } from '../interactions/context.ts';
import { parsePrefer } from '../interactions/prefer.ts';
import { generalParameters, type QueryParameter } from '../search/parse-query.ts';
import { didYouMean } from '../search/suggest.ts';

/** A parameter of a Parameters resource. */
export interface BodyParameter {
  readonly name: string;
  /** Its `value[x]`, whatever the type. */
  readonly value?: JsonValue;
  readonly resource?: JsonValue;
  /** Where it stands in the Parameters: `parameter[0]`. */
  readonly at: string;
}

/** The operation's simple parameters as text: those of the URL, then those of a Parameters resource in the body. */
export function operationQuery({ query, body }: Pick<FhirRequest, 'query' | 'body'>): readonly QueryParameter[] {
  return [...query, ...bodyParameters(body).map(({ name, value }): QueryParameter => [name, textOf(value)])];
}

/** The parameters of a Parameters resource in the body; none for anything else. */
export function bodyParameters(body: JsonValue | undefined): readonly BodyParameter[] {
  const parameters = isJsonObject(body) && Array.isArray(body['parameter']) ? body['parameter'] : [];
  return parameters.flatMap((parameter: JsonValue, index) => {
    const { name, resource, ...others } = isJsonObject(parameter) ? parameter : {};
    if (typeof name !== 'string') return [];
    const value = Object.entries(others).find(([member]) => /^value[A-Z]/.test(member))?.[1];
    const at = `parameter[${index}]`;
    return [{ name, at, ...(value === undefined ? {} : { value }), ...(resource === undefined ? {} : { resource }) }];
  });
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** The parameters among the query's that the operation has, and a warning for each other; under `Prefer: handling=strict` those are refused. */
export interface KnownParameters {
  readonly known: readonly QueryParameter[];
  readonly issues: readonly Issue[];
}

/** Throws `unknownParameter` (400) with an issue for each unknown one, under `handling=strict`. */
export function sortOut(request: FhirRequest, names: readonly string[]): KnownParameters {
  const given = operationQuery(request).filter(([name]) => !generalParameters.has(name));
  const unknown = given
    .filter(([name]) => !names.includes(name))
    .map(([name]) => unknownParameter(textFor(request, name, names), `http.${name}`));
  if (unknown.length > 0 && parsePrefer(request.headers.prefer).strict) {
    throw new FhirError(
      400,
      unknown.flatMap(({ issues }) => issues),
    );
  }
  const issues = unknown.flatMap((error) => error.issues.map((issue): Issue => ({ ...issue, severity: 'warning' })));
  return { known: given.filter(([name, value]) => names.includes(name) && value !== ''), issues };
}

function textFor({ operation }: FhirRequest, name: string, names: readonly string[]): string {
  return `$${operation} has no parameter '${name}'.${didYouMean(name, names)}`;
}

/** The one value of a parameter. Throws `invalidValue` (400) when it comes several times with different values. */
export function onlyValue(parameters: readonly QueryParameter[], name: string): string | undefined {
  const [value, other] = new Set(parameters.filter(([own]) => own === name).map(([, text]) => text));
  if (other !== undefined) throw invalidValue(`'${name}' is given more than once, with different values.`, `http.${name}`);
  return value;
}

/** https://hl7.org/fhir/R4/datatypes.html#boolean */
export function booleanValue(parameters: readonly QueryParameter[], name: string): boolean | undefined {
  const value = onlyValue(parameters, name);
  if (value === undefined) return undefined;
  if (value === 'true' || value === 'false') return value === 'true';
  throw invalidValue(`'${name}' must be true or false.`, `http.${name}`);
}

/** What most operations answer with. */
export function parametersResource(...parameter: readonly JsonObject[]): Resource {
  return { resourceType: 'Parameters', parameter };
}
