/** What an interaction is given and gives: requests and responses without HTTP, and the parts of the server. */
import type { AccessContext } from '../access/access-context.ts';
import type { Capabilities } from '../definitions/capability.ts';
import type { Definitions } from '../definitions/definitions.ts';
import type { TimeZone } from '../fhir/date.ts';
import type { Log } from '../fhir/log-failure.ts';
import type { Issue } from '../fhir/outcome.ts';
import type { FindPlaces } from '../fhir/places.ts';
import type { InteractionCode, JsonValue, Language, Level, Resource } from '../fhir/types.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { OwnParameters } from '../parameters/own-parameters.ts';
import type { Indexer } from '../search/indexer.ts';
import type { Store } from '../store/store.ts';
import type { Validator } from '../validation/validate.ts';

export interface FhirRequest {
  readonly interaction: InteractionCode;
  readonly level: Level;
  readonly type?: string;
  readonly id?: string;
  /** The type of the resource with the id when the search is inside its compartment; `type` is then that of the members, absent for all. */
  readonly compartment?: string;
  readonly versionId?: string;
  /** The operation's code without `$`, when the interaction is `operation`. */
  readonly operation?: string;
  /** The asynchronous request, and one of its files, when the interaction is `job`. */
  readonly job?: string;
  readonly file?: string;
  /** GET, POST or DELETE matter only to operations and jobs. */
  readonly method: string;
  /** The query in its order, decoded once; parameters of a form body come after those of the URL. */
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly body?: JsonValue;
  /** Where the body's elements stand in the text that was sent; absent in a Bundle, whose own issues they are. */
  readonly places?: FindPlaces;
  /** In place of a body: what an operation with a `source` reads as it comes. */
  readonly source?: AsyncIterable<Uint8Array>;
  readonly headers: RequestHeaders;
  readonly access: AccessContext;
  readonly requestId: string;
  /** Of the sentences in the answer. */
  readonly language: Language;
  /** Where the request stands in a Bundle: `Bundle.entry[3]`; absent for one that came alone. */
  readonly at?: string;
}

export interface RequestHeaders {
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  readonly ifModifiedSince?: string;
  readonly ifNoneExist?: string;
  readonly prefer?: string;
}

export interface FhirResponse {
  readonly status: number;
  /** A resource as JSON text, sent as it is. */
  readonly text?: string;
  /** A resource still to be written; never together with `text`. */
  readonly resource?: Resource;
  /** In place of a resource: what is said, sent as an OperationOutcome. */
  readonly outcome?: readonly Issue[];
  /** In place of a resource: what is none. */
  readonly content?: Content;
  /** More headers: `Content-Location`, `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the version the response speaks of: become ETag, Last-Modified and (`location`) Location. */
  readonly versionId?: string;
  readonly lastUpdated?: number;
  /** Relative to the base: `Patient/1/_history/1`. */
  readonly location?: string;
  /** The languages of an answer made of sentences: becomes Content-Language. */
  readonly language?: string;
  /** Warnings and information about an accepted write; shown under `Prefer: return=OperationOutcome` and in Bundle entries. */
  readonly issues?: readonly Issue[];
}

export interface Content {
  /** The media type. */
  readonly type: string;
  /** In bytes. */
  readonly length: number;
  readonly bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Carries a request out: `dispatch`, handed to the interactions that hold others (batch, transaction). */
export type Dispatch = (request: FhirRequest, context: ServerContext) => Promise<FhirResponse>;

/** One interaction; throws FhirError for every refusal. */
export type Handler = (request: FhirRequest, context: ServerContext, dispatch: Dispatch) => Promise<FhirResponse>;

/** The server's parts: made once by `server.ts`, handed to every interaction; there the validator speaks the request's language. */
export interface ServerContext {
  readonly definitions: Definitions;
  readonly store: Store;
  readonly validator: Validator;
  readonly indexer: Indexer;
  /** The search parameters beside R4's own. */
  readonly ownParameters: Pick<OwnParameters, 'problemsOf' | 'reindex'>;
  readonly operations: readonly OperationDefinition[];
  readonly jobs: Jobs;
  /** What the server claims to do: its CapabilityStatement, and whether an interaction is in it. */
  readonly capabilities: Capabilities;
  /** `http://localhost:8080/fhir`, without a trailing slash. */
  readonly baseUrl: string;
  /** `checked`: a write may refer to nothing that is not there, and a delete leaves no reference to nothing. */
  readonly references: 'checked' | 'free';
  /** 32 bytes: seals paging cursors. */
  readonly cursorKey: Uint8Array;
  readonly timeZone: TimeZone;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A new logical id (UUIDv7: ordered by time). */
  readonly newId: () => string;
  /** A line for the log; never personal data. */
  readonly log: Log;
}

/** An extended operation: `operations/<code>.ts` exports one, `operations/index.ts` lists it. https://hl7.org/fhir/R4/operations.html */
export interface OperationDefinition {
  readonly code: string;
  readonly levels: readonly Level[];
  /** The types it is offered on; absent: every type. */
  readonly types?: readonly string[];
  /** False: callable by GET too. */
  readonly affectsState: boolean;
  /** A token with patient/ scopes alone may call it, narrowed as everywhere. Absent: such a token gets 403, so that what is new is closed. */
  readonly openToPatients?: true;
  /** The media type of bodies that it reads as they come, however long, instead of having them parsed. */
  readonly source?: string;
  /** The canonical of its OperationDefinition, for the capability statement. */
  readonly definition: string;
  run(request: FhirRequest, context: ServerContext): Promise<FhirResponse>;
}
