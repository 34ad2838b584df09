/** The only way in: every request, alone or in a Bundle, goes through here. https://hl7.org/fhir/R4/http.html */
import { authorize } from '../access/authorize.ts';
import { exception, invalidValue, notSupported, unknownType } from '../fhir/outcome.ts';
import { idPattern } from '../fhir/reference.ts';
import type { FhirRequest, FhirResponse, ServerContext } from './context.ts';
import { handlers } from './handlers.ts';
import { placeAnswer } from './place-answer.ts';
import { interactionTable } from './table.ts';

/**
 * Carries one request out. Throws FhirError: 404 for a type that R4 does not have, 400 for an id that none can have, 405 for what the
 * CapabilityStatement does not claim, 403 when no scope gives the interaction, and whatever the interaction itself refuses. What is said of the
 * body has its line and column.
 */
export function dispatch(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  return placeAnswer(request, () => carryOut(request, context));
}

async function carryOut(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const row = interactionTable.find(({ code, level }) => code === request.interaction && level === request.level);
  const handler = handlers.get(request.interaction);
  if (row === undefined || handler === undefined)
    throw exception(`No interaction ${request.interaction} is wired at ${request.level} level.`);
  checkTarget(request, context);
  checkClaim(request, context);
  authorize(request.access, {
    interaction: row.code,
    permissions: row.permissions,
    ...(request.type === undefined ? {} : { type: request.type }),
  });
  return handler(request, speaking(request, context), dispatch);
}

/** The server with a validator that answers in the request's language. */
function speaking({ language }: FhirRequest, context: ServerContext): ServerContext {
  if (language === 'en') return context;
  const { validator } = context;
  return { ...context, validator: { validate: (resource, options) => validator.validate(resource, { language, ...options }) } };
}

/** The capability statement may except a type from an interaction that the table has. */
function checkClaim({ interaction, type }: FhirRequest, { capabilities }: ServerContext): void {
  if (capabilities.claims(interaction, type)) return;
  const offered = interactionTable.filter((row) => row.level !== 'system' && capabilities.claims(row.code, type));
  const subject = type === undefined ? 'the whole server' : type;
  throw notSupported(`The interaction ${interaction} is not offered for ${subject}; the CapabilityStatement says what is.`, [
    ...new Set(offered.map(({ method }) => method)),
  ]);
}

function checkTarget(request: FhirRequest, context: ServerContext): void {
  const { type, compartment, id, versionId } = request;
  const unknown = [compartment, type].find((name) => name !== undefined && !context.definitions.isResourceType(name));
  if (unknown !== undefined) {
    throw unknownType(`${unknown} is not a resource type of FHIR R4 (type names are case-sensitive).`);
  }
  for (const part of [id, versionId]) {
    if (part !== undefined && !idPattern.test(part)) {
      throw invalidValue('An id in the URL must be 1 to 64 characters of A-Z, a-z, 0-9, "-" and ".".');
    }
  }
}
