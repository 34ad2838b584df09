/**
 * The REST API for tools that know OpenAPI rather than FHIR: every path of the interaction table for every type, as far as the capability
 * statement claims it, so that the two say the same. https://spec.openapis.org/oas/v3.1.0.html
 */
import type { JsonObject, Resource } from '../../fhir/types.ts';
import type { OperationDefinition, ServerContext } from '../../interactions/context.ts';
import { type InteractionRow, interactionTable } from '../../interactions/table.ts';
import { content, formatOperation, type Meaning } from './operation.ts';
import { formatParameters } from './parameters.ts';
import { readStatement, type Statement } from './statement.ts';

export interface OpenApiSettings {
  readonly context: ServerContext;
  /** False under AUTH=none. */
  readonly secured: boolean;
}

/** Gives the document as JSON, made when first asked for and again after a change of the definitions. */
export function openApi(settings: OpenApiSettings): () => string {
  let made: { readonly of: Resource; readonly text: string } | undefined;
  return () => {
    const of = settings.context.capabilities.statement();
    if (made?.of !== of) made = { of, text: JSON.stringify(formatDocument(readStatement(of), settings)) };
    return made.text;
  };
}

function formatDocument(statement: Statement, { context, secured }: OpenApiSettings): JsonObject {
  const { title, version, description } = statement;
  return {
    openapi: '3.1.0',
    info: {
      title,
      version,
      description: `${description} What it can do is said in full by its CapabilityStatement: ${context.baseUrl}/metadata.`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    externalDocs: { description: 'The RESTful API of FHIR R4', url: 'https://hl7.org/fhir/R4/http.html' },
    servers: [{ url: context.baseUrl }],
    security: secured ? [{ bearer: [] }] : [],
    tags: ['System', ...statement.types.map(({ type }) => type)].map((name) => ({ name })),
    paths: formatPaths(statement, context),
    components: {
      schemas: formatSchemas(statement),
      parameters: formatParameters(statement),
      responses: {
        Refused: {
          description: 'An OperationOutcome: what is wrong, where, and what is asked for instead.',
          content: content(statement.formats, 'OperationOutcome'),
        },
      },
      ...(secured && {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: `SMART scopes, as ${context.baseUrl}/.well-known/smart-configuration says.`,
          },
        },
      }),
    },
  };
}

/** Their StructureDefinitions say the rest, and `$validate` whether it holds. */
function formatSchemas({ types }: Statement): JsonObject {
  const resource: JsonObject = {
    type: 'object',
    required: ['resourceType'],
    properties: { resourceType: { type: 'string' } },
    externalDocs: { url: 'https://hl7.org/fhir/R4/resourcelist.html' },
  };
  const typed = types.map(({ type }): [string, JsonObject] => [
    type,
    {
      type: 'object',
      required: ['resourceType'],
      properties: { resourceType: { const: type } },
      externalDocs: { url: `https://hl7.org/fhir/R4/${type.toLowerCase()}.html` },
    },
  ]);
  return { Resource: resource, ...Object.fromEntries(typed) };
}

/** By path, then by method: what shares both is one operation for OpenAPI, such as a batch and a transaction. */
function formatPaths(statement: Statement, context: ServerContext): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const [key, meanings] of groupMeanings(statement, context)) {
    const [method = '', path = ''] = key.split(' ');
    const found = paths[path] ?? {};
    paths[path] = found;
    found[method] = formatOperation({ method, path }, meanings, { statement, definitions: context.definitions });
  }
  return paths;
}

function groupMeanings(statement: Statement, context: ServerContext): ReadonlyMap<string, readonly [Meaning, ...Meaning[]]> {
  const found = new Map<string, [Meaning, ...Meaning[]]>();
  for (const row of interactionTable) {
    for (const [path, meaning] of bind(row, statement, context)) {
      const key = `${row.method.toLowerCase()} ${path}`;
      const others = found.get(key);
      if (others === undefined) found.set(key, [meaning]);
      else others.push(meaning);
    }
  }
  return found;
}

/** The paths of a row for all that its variables may be; ids stay variables. */
function bind(row: InteractionRow, statement: Statement, context: ServerContext): readonly (readonly [string, Meaning])[] {
  const of = (first: string, meaning: Meaning): readonly [string, Meaning] => {
    const rest = row.path.slice(first === '' ? 0 : 1).map((part) => part.replace('$[operation]', `$${meaning.operation?.code}`));
    const path = [first, ...rest].filter((part) => part !== '').join('/');
    return [`/${path.replaceAll('[', '{').replaceAll(']', '}')}`, meaning];
  };
  if (row.path[0] === '[compartment]') {
    return context.definitions.compartments.map((code) => {
      const members = statement.types
        .map(({ type }) => type)
        .filter((type) => context.definitions.compartment(code, type) !== undefined);
      return of(code, { row, members });
    });
  }
  if (row.code === 'operation') {
    const places = row.level === 'system' ? [undefined] : statement.types.map(({ type }) => type);
    return places.flatMap((type) =>
      operationsAt(row, type, context).map((operation) =>
        of(type ?? '', { row, operation, ...(type !== undefined && { type }) }),
      ),
    );
  }
  if (row.path[0] !== '[type]') return context.capabilities.claims(row.code) ? [of('', { row })] : [];
  const types = statement.types.filter(({ type }) => context.capabilities.claims(row.code, type));
  return types.map(({ type }) => of(type, { row, type }));
}

function operationsAt(
  { level, method }: InteractionRow,
  type: string | undefined,
  { operations }: ServerContext,
): readonly OperationDefinition[] {
  return operations.filter(
    ({ levels, types, affectsState }) =>
      levels.includes(level) &&
      (type === undefined || types === undefined || types.includes(type)) &&
      (method === 'POST' || !affectsState),
  );
}
