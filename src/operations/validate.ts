/** https://hl7.org/fhir/R4/resource-operation-validate.html, and one parameter more: conformance/operation-definitions/validate.json */
import { narrow } from '../access/narrow.ts';
import { deleted, type Issue, invalidValue, languagesOf, required } from '../fhir/outcome.ts';
import { isJsonObject, type JsonObject, type JsonValue, type Language } from '../fhir/types.ts';
import type { FhirRequest, FhirResponse, OperationDefinition, ServerContext } from '../interactions/context.ts';
import { isError, readStored } from '../interactions/plan-write.ts';
import { unknownInstance } from '../interactions/read.ts';
import { instanceKey } from '../interactions/request-key.ts';
import { withServerRules } from '../interactions/server-rules.ts';

export const validate: OperationDefinition = {
  code: 'validate',
  levels: ['type', 'instance'],
  affectsState: false,
  openToPatients: true,
  definition: 'https://fascicolo.example/fhir/OperationDefinition/validate',
  run,
};

/** https://hl7.org/fhir/R4/valueset-resource-validation-mode.html */
const modes: readonly string[] = ['create', 'update', 'delete', 'profile'];

interface Asked {
  /** Anything: that it is no resource is for the validator to say. */
  readonly resource?: JsonValue;
  /** Where the body has the resource, as FHIRPath; absent: nothing but the resource was sent. */
  readonly at?: string;
  readonly mode?: string;
  readonly profiles: readonly string[];
  readonly mustSupport: boolean;
}

/**
 * Says what a write of the resource would meet, and stores nothing: of the body (the resource, or Parameters that hold it), or without one
 * of the stored instance. The answer is 200 whatever the verdict, an OperationOutcome that always has an issue; 4xx says that there was
 * nothing to judge.
 */
async function run(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const asked = readAsked(request);
  const { mode } = asked;
  if (mode !== undefined && !modes.includes(mode)) throw invalidValue(`The mode must be one of ${modes.join(', ')}.`, 'mode');
  const resource = asked.resource ?? (await readInstance(request, context));
  // Nothing stands in the way of a deletion here, so there is nothing to find.
  const issues = mode === 'delete' ? [] : judge(resource, asked, request, context);
  const said = withVerdict(
    asked.at === undefined ? issues : issues.map((issue) => standingAt(issue, asked.at)),
    request.language,
  );
  return { status: 200, outcome: said, language: languagesOf(said) };
}

function judge(
  resource: JsonValue,
  { profiles, mustSupport }: Asked,
  request: FhirRequest,
  context: ServerContext,
): readonly Issue[] {
  const said = context.validator.validate(resource, { profiles, mustSupport });
  if (!isJsonObject(resource)) return said;
  const { resourceType, id } = resource;
  if (typeof resourceType !== 'string') return said;
  const issues: Issue[] = [...withServerRules(said, { ...resource, resourceType }, resourceType, context)];
  if (resourceType !== request.type) {
    issues.push(wrong(`The URL asks for a ${request.type}, but the resource is of another type.`, resourceType));
  } else if (request.id !== undefined && id !== request.id) {
    issues.push(wrong('The id of the resource is not the one in the URL.', `${resourceType}.id`));
  }
  return issues;
}

/** The resource is judged as if it stood alone, and found in the text where it stands. */
function standingAt(issue: Issue, at = ''): Issue {
  return issue.expression === undefined ? issue : { ...issue, inText: issue.expression.replace(/^[A-Za-z]+/, at) };
}

function wrong(text: string, expression: string): Issue {
  return { severity: 'error', code: 'value', text, expression };
}

const verdicts: Readonly<Record<Language, string>> = {
  en: 'All OK: the resource would be accepted.',
  it: 'Tutto a posto: la risorsa sarebbe accettata.',
};

function withVerdict(issues: readonly Issue[], language: Language): readonly Issue[] {
  const errors = issues.filter(isError);
  const others = issues.filter((issue) => !isError(issue));
  if (errors.length > 0) return [...errors, ...others];
  return [...others, { severity: 'information', code: 'informational', text: verdicts[language], language }];
}

async function readInstance(request: FhirRequest, context: ServerContext): Promise<JsonValue> {
  if (request.level !== 'instance')
    throw required('A resource is expected in the body, or in the parameter "resource" of Parameters.');
  const key = instanceKey(request);
  const version = await context.store.read(key, narrow(request.access, [key.type], 'r'));
  if (version === undefined) throw unknownInstance(key);
  if (version.deleted) throw deleted(`This ${key.type} was deleted.`);
  return readStored(version);
}

/** Parameters of the body, and of the URL: https://hl7.org/fhir/R4/operations.html#request */
function readAsked({ body, query, type, at: entry }: FhirRequest): Asked {
  const inUrl = query.filter(([name]) => parameterNames.includes(name)).map(([name, value]) => ({ name, value }));
  const inBody = isJsonObject(body) && body['resourceType'] === 'Parameters' ? listParameters(body) : [];
  const wrapper = inBody.length > 0 && (type !== 'Parameters' || inBody.some(({ name }) => name === 'resource'));
  const wrapped = wrapper ? inBody.find(({ name }) => name === 'resource') : undefined;
  const resource = wrapper ? wrapped?.resource : body;
  const named = [...inUrl, ...(wrapper ? inBody : [])];
  const texts = (name: string) => named.flatMap((one) => (one.name === name && typeof one.value === 'string' ? [one.value] : []));
  const [mode] = texts('mode');
  const around = entry === undefined ? undefined : `${entry}.resource`;
  const at = wrapped === undefined ? around : `${around ?? 'Parameters'}.${wrapped.at}.resource`;
  return {
    profiles: texts('profile'),
    mustSupport: readFlag(named, 'mustSupport'),
    ...(mode === undefined ? {} : { mode }),
    ...(resource === undefined ? {} : { resource }),
    ...(at === undefined ? {} : { at }),
  };
}

/** `mustSupport` is this server's own: `conformance/operation-definitions/validate.json`. */
const parameterNames: readonly string[] = ['mode', 'profile', 'mustSupport'];

function readFlag(named: readonly Pick<Parameter, 'name' | 'value'>[], wanted: string): boolean {
  const given = String(named.find(({ name }) => name === wanted)?.value ?? false);
  if (given !== 'true' && given !== 'false') throw invalidValue(`${wanted} must be true or false.`, wanted);
  return given === 'true';
}

interface Parameter {
  readonly name: JsonValue | undefined;
  readonly value: JsonValue | undefined;
  readonly resource?: JsonValue;
  /** `parameter[0]` */
  readonly at: string;
}

function listParameters({ parameter }: JsonObject): readonly Parameter[] {
  if (!Array.isArray(parameter)) return [];
  return parameter.flatMap((one, index) => {
    if (!isJsonObject(one)) return [];
    const { name, resource, ...values } = one;
    const given = Object.entries(values).find(([member]) => member.startsWith('value'))?.[1];
    return [{ name, value: given, at: `parameter[${index}]`, ...(resource === undefined ? {} : { resource }) }];
  });
}
