/** What a terminology operation is given, in the URL or in the body. https://hl7.org/fhir/R4/operations.html#request */
import { FhirError, invalidValue, required, unknownParameter } from '../../fhir/outcome.ts';
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../../fhir/types.ts';
import type { FhirRequest, ServerContext } from '../../interactions/context.ts';
import { validationRefusal } from '../../interactions/plan-write.ts';
import { type BodyParameter, bodyParameters, booleanValue, onlyValue, sortOut } from '../parameters.ts';

export interface Inputs {
  /** Undefined when it is not given. Throws `invalidValue` (400) when it comes several times with different values. */
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  boolean(name: string): boolean | undefined;
  /** Zero or more. */
  integer(name: string): number | undefined;
  /** A Coding or CodeableConcept: only a body can hold one. */
  object(name: string): JsonObject | undefined;
  /** A resource of the type given, which has passed its base check. */
  resource(name: string, type: string): Resource | undefined;
}

export interface InputNames {
  readonly known: readonly string[];
  /** Parameters that R4 has and this server has not, each with why: leaving them out would change the answer. */
  readonly refused: Readonly<Record<string, string>>;
}

/** Throws 400 for what is refused, and under `Prefer: handling=strict` for names that the operation does not have. */
export function readInputs(request: FhirRequest, { known: names, refused }: InputNames, context: ServerContext): Inputs {
  const { known } = sortOut(request, [...names, ...Object.keys(refused)]);
  const parameters = bodyOf(request, names);
  const given = [...known.map(([name]) => name), ...parameters.map(({ name }) => name)];
  const wrong = given.find((name) => Object.hasOwn(refused, name));
  if (wrong !== undefined) throw unknownParameter(`'${wrong}' is not supported: ${refused[wrong]}`, `http.${wrong}`);
  return {
    text: (name) => onlyValue(known, name),
    texts: (name) => known.flatMap(([own, value]) => (own === name ? [value] : [])),
    boolean: (name) => booleanValue(known, name),
    integer: (name) => integerOf(onlyValue(known, name), name),
    object(name) {
      const value = parameters.find((parameter) => parameter.name === name)?.value;
      if (value === undefined || isJsonObject(value)) return value;
      throw invalidValue(
        `'${name}' must be an object: it can only be given in the body, as a parameter of Parameters.`,
        place(name),
      );
    },
    resource(name, type) {
      const value = parameters.find((parameter) => parameter.name === name)?.resource;
      return value === undefined ? undefined : checkResource(value, type, place(name), context);
    },
  };
}

/** "If there is exactly one in parameter of a resource type, [it may be] the body" with the others in the URL. */
function bodyOf({ body }: FhirRequest, names: readonly string[]): readonly Omit<BodyParameter, 'at'>[] {
  if (!isJsonObject(body) || body['resourceType'] === 'Parameters') return bodyParameters(body);
  const type = String(body['resourceType']);
  const name = `${type.charAt(0).toLowerCase()}${type.slice(1)}`;
  if (names.includes(name)) return [{ name, resource: body }];
  throw required(`The body must be a Parameters resource with the operation's parameters.`);
}

function integerOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined || /^\d{1,9}$/.test(text)) return text === undefined ? undefined : Number.parseInt(text, 10);
  throw invalidValue(`'${name}' must be a whole number, zero or more.`, `http.${name}`);
}

function checkResource(value: JsonValue, type: string, at: string, { validator }: ServerContext): Resource {
  if (!isJsonObject(value) || value['resourceType'] !== type) throw invalidValue(`The resource here must be a ${type}.`, at);
  const refusal = validationRefusal(
    validator.validate(value, { at, recommendations: false }).filter(({ source }) => source === 'base'),
  );
  if (refusal !== undefined) throw refusal;
  return value as Resource; // Has a resourceType, as was just seen.
}

function place(name: string): string {
  return `Parameters.parameter.where(name='${name}')`;
}

/** 422: the answer would be a guess, because not all codes are known here. */
export function notChecked(text: string): FhirError {
  return new FhirError(422, [{ severity: 'error', code: 'not-supported', text }]);
}

/** What a value in the URL may be repeated as in a message. */
export function shown(text: string): string {
  return text.slice(0, 200);
}
