/** https://hl7.org/fhir/R4/resource-operation-validate.html, and one parameter more: conformance/operation-definitions/validate.json */
import type { AccessContext } from '../access/access-context.ts';
import { isGranted } from '../access/grants.ts';
import { narrow } from '../access/narrow.ts';
import { deleted, type Issue, invalidValue, languagesOf, required } from '../fhir/outcome.ts';
import { isJsonObject, type JsonValue, type Language, type Resource } from '../fhir/types.ts';
import { checkReferences } from '../interactions/check-references.ts';
import type { FhirRequest, FhirResponse, OperationDefinition, ServerContext } from '../interactions/context.ts';
import { findReferences } from '../interactions/local-references.ts';
import { isError, readStored } from '../interactions/plan-write.ts';
import { unknownInstance } from '../interactions/read.ts';
import { findHold } from '../interactions/referenced.ts';
import { instanceKey } from '../interactions/request-key.ts';
import { withServerRules } from '../interactions/server-rules.ts';
import type { ValidationIssue } from '../validation/validate.ts';
import { type BodyParameter, bodyParameters } from './parameters.ts';

export const validate: OperationDefinition = {
  code: 'validate',
  levels: ['type', 'instance'],
  affectsState: false,
  openToPatients: true,
  definition: 'https://fascicolo.example/fhir/OperationDefinition/validate',
  run,
};

/** https://hl7.org/fhir/R4/valueset-resource-validation-mode.html */
const modes = ['create', 'update', 'delete', 'profile'] as const;

type Mode = (typeof modes)[number];

interface Asked {
  /** Anything: that it is no resource is for the validator to say. */
  readonly resource?: JsonValue;
  /** Where the body has the resource, as FHIRPath; absent: nothing but the resource was sent. */
  readonly at?: string;
  readonly mode?: Mode;
  readonly profiles: readonly string[];
  readonly mustSupport: boolean;
}

/**
 * Says what a write of the resource would meet, and stores nothing: of the body (the resource, or Parameters that hold it), or without one
 * of the stored instance. What it refers to is looked up for `create` and `update`, what refers to it for `delete`. The answer is 200 whatever
 * the verdict, an OperationOutcome that always has an issue; 4xx says that there was nothing to judge.
 */
async function run(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const asked = readAsked(request);
  const { mode } = asked;
  const issues = await (mode === 'delete' ? judgeDelete(request, context) : judge(asked, request, context));
  const placed = asked.at === undefined ? issues : issues.map((issue) => standingAt(issue, asked.at));
  const said = withVerdict(placed, mode, request.language);
  return { status: 200, outcome: said, language: languagesOf(said) };
}

/** A deletion needs no content: whatever is sent, it is about the instance of the URL. */
async function judgeDelete(request: FhirRequest, context: ServerContext): Promise<readonly Issue[]> {
  if (request.level !== 'instance')
    throw required('To ask about a deletion, name the instance in the URL: [type]/[id]/$validate.');
  await readInstance(request, context);
  const hold = await findHold(instanceKey(request), request.access, context);
  return hold === undefined ? [] : [hold];
}

async function judge(asked: Asked, request: FhirRequest, context: ServerContext): Promise<readonly Issue[]> {
  const { profiles, mustSupport, mode } = asked;
  const { access } = request;
  const resource = asked.resource ?? (await readInstance(request, context));
  const said = context.validator.validate(resource, { profiles, profilesNominated: true, mustSupport });
  if (!isJsonObject(resource)) return said;
  const { resourceType, id } = resource;
  if (typeof resourceType !== 'string') return said;
  const whole = { ...resource, resourceType };
  const looked = mode === 'create' || mode === 'update' ? await withReferences(said, whole, { mode, access }, context) : said;
  const issues: Issue[] = [...withServerRules(looked, whole, resourceType, context)];
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

/** What the references of the resource add, as for a write. */
async function withReferences(
  issues: readonly ValidationIssue[],
  resource: Resource,
  { mode, access }: { readonly mode: 'create' | 'update'; readonly access: AccessContext },
  context: ServerContext,
): Promise<readonly ValidationIssue[]> {
  const { resourceType: type, id } = resource;
  if (!context.definitions.isResourceType(type)) return issues;
  const key = { type, id: typeof id === 'string' ? id : '' };
  const references = { key, access, permission: 'u', ...findReferences(resource, type, context) } as const;
  // What is stored already may go on referring to what it refers to.
  const stands = mode === 'update' && key.id !== '' && isGranted(access, type, 'r');
  const current = stands ? await context.store.read(key, narrow(access, [type], 'r')) : undefined;
  const plan = { issues, references, ...(current !== undefined && { current }) };
  const [checked] = await checkReferences([plan], context, { careful: true });
  return checked?.issues ?? issues;
}

const verdicts: Readonly<Record<Language, Readonly<Record<'written' | 'deleted' | 'right', string>>>> = {
  en: {
    written: 'All OK: the resource would be accepted.',
    deleted: 'All OK: the resource could be deleted.',
    right: 'All OK: the content of the resource would be accepted.',
  },
  it: {
    written: 'Tutto a posto: la risorsa sarebbe accettata.',
    deleted: 'Tutto a posto: la risorsa si potrebbe cancellare.',
    right: 'Tutto a posto: il contenuto della risorsa sarebbe accettato.',
  },
};

function withVerdict(issues: readonly Issue[], mode: Mode | undefined, language: Language): readonly Issue[] {
  const errors = issues.filter(isError);
  const others = issues.filter((issue) => !isError(issue));
  if (errors.length > 0) return [...errors, ...others];
  const about = mode === 'delete' ? 'deleted' : mode === 'create' || mode === 'update' ? 'written' : 'right';
  return [...others, { severity: 'information', code: 'informational', text: verdicts[language][about], language }];
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
  const inBody = isJsonObject(body) && body['resourceType'] === 'Parameters' ? bodyParameters(body) : [];
  const wrapper = inBody.length > 0 && (type !== 'Parameters' || inBody.some(({ name }) => name === 'resource'));
  const wrapped = wrapper ? inBody.find(({ name }) => name === 'resource') : undefined;
  const resource = wrapper ? wrapped?.resource : body;
  const named = [...inUrl, ...(wrapper ? inBody : [])];
  const texts = (name: string) => named.flatMap((one) => (one.name === name && typeof one.value === 'string' ? [one.value] : []));
  const mode = readMode(texts('mode')[0]);
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

function readMode(text: string | undefined): Mode | undefined {
  const mode = modes.find((known) => known === text);
  if (text !== undefined && mode === undefined) throw invalidValue(`The mode must be one of ${modes.join(', ')}.`, 'mode');
  return mode;
}

/** `mustSupport` is this server's own: `conformance/operation-definitions/validate.json`. */
const parameterNames: readonly string[] = ['mode', 'profile', 'mustSupport'];

function readFlag(named: readonly Pick<BodyParameter, 'name' | 'value'>[], wanted: string): boolean {
  const given = String(named.find(({ name }) => name === wanted)?.value ?? false);
  if (given !== 'true' && given !== 'false') throw invalidValue(`${wanted} must be true or false.`, wanted);
  return given === 'true';
}
