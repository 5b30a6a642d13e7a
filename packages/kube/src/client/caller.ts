import { type Clock, type JsonValue, parseJson } from "@fairlead/apimachinery";
import type { Readable } from "node:stream";
import { holdProcess } from "../clock.ts";
import { createDeadlines } from "../deadlines.ts";
import { isKubeError, KubeError } from "../errors.ts";
import type { Resource } from "../resource.ts";
import type { Transport, TransportRequest, TransportResponse } from "../transport/transport.ts";
import { answerError, type CallDescription, describeCall, objectOf } from "./answer-error.ts";
import { maskOf } from "./mask.ts";
import type { ClientOptions, ObservedAttempt } from "./options.ts";
import { ownBody } from "./own-body.ts";
import { mostBodyBytes, readBody } from "./read-body.ts";
import { decideRetry, initialRetryState } from "./retry-state.ts";
import { createWarnings } from "./warnings.ts";

/** One call, before it is one or several requests. */
export interface Call extends CallDescription {
  readonly method: TransportRequest["method"];
  readonly body?: JsonValue | undefined;
  readonly contentType?: string | undefined;
  readonly accept?: string | undefined;
  /** For who decompresses the stream. */
  readonly acceptEncoding?: "gzip" | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMs?: number | undefined;
}

/** Sends calls and repeats what may be repeated. Every rejection is a `KubeError` that names the call. */
export interface Caller {
  text(call: Call): Promise<string>;
  json(call: Call): Promise<JsonValue>;
  /** Not repeated, without a deadline for its body. */
  stream(call: Call): Promise<Readable>;
}

export function createCaller(transport: Transport, cluster: string, clock: Clock, options: ClientOptions): Caller {
  const { observe, onWarning, maxBodyBytes = mostBodyBytes, random = Math.random } = options;
  const defaultDeadlineMs = options.deadlineMs ?? 30_000;
  const deadlines = createDeadlines(clock);
  const warn = onWarning === undefined ? undefined : createWarnings(onWarning);

  function send(call: Call, body: string | undefined, timeoutMs: number, number: number): Promise<TransportResponse> {
    const request = requestOf(call, body, timeoutMs);
    return observe === undefined ? transport.send(request) : observedSend(call, request, number, observe);
  }

  async function observedSend(
    call: Call,
    request: TransportRequest,
    number: number,
    tell: (attempt: ObservedAttempt) => void,
  ): Promise<TransportResponse> {
    const started = clock.monotonic();
    let response: TransportResponse | undefined;
    try {
      response = await transport.send(request);
      return response;
    } finally {
      tell(observed(call, response, clock.monotonic() - started, number));
    }
  }

  function tellWarnings(call: Call, { headers }: TransportResponse): void {
    const warning = headers["warning"];
    if (warning !== undefined) warn?.(warning, call.method, call.path);
  }

  async function failure(call: Call, response: TransportResponse): Promise<KubeError> {
    const said = await readBody(response.body, mostErrorBytes, () => describeCall(call));
    const mask = holdsSecrets(call) ? maskOf(call.body) : unchanged;
    return answerError(call, cluster, response, said, mask);
  }

  /** One attempt to its end. The time that is left holds for the head and for the body, each on its own timer. */
  async function attempt<T>(
    call: Call,
    body: string | undefined,
    endsAt: number,
    number: number,
    parse: (text: string) => T,
  ): Promise<T> {
    const response = await send(call, body, endsAt - clock.monotonic(), number);
    tellWarnings(call, response);
    if (response.status < 200 || response.status >= 300) throw await failure(call, response);
    const deadline = deadlines.add(endsAt - clock.monotonic(), () => response.body.destroy(lateError()));
    try {
      return parse(await readBody(response.body, maxBodyBytes, () => describeCall(call)));
    } finally {
      deadlines.remove(deadline);
    }
  }

  function lateError(): KubeError {
    return new KubeError("deadline", "the answer did not end in time", { cluster });
  }

  async function run<T>(call: Call, parse: (text: string) => T): Promise<T> {
    const body = call.body === undefined ? undefined : encode(call);
    const endsAt = clock.monotonic() + (call.deadlineMs ?? defaultDeadlineMs);
    let state = initialRetryState;
    for (;;) {
      try {
        return await attempt(call, body, endsAt, state.attempts + 1, parse);
      } catch (error) {
        const named = nameCall(error, call, cluster);
        const decision = decideRetry(state, {
          isRead: call.method === "GET" || call.method === "HEAD",
          failure: named,
          remainingMs: endsAt - clock.monotonic(),
          random: random(),
        });
        if (decision.kind === "give-up") throw named;
        state = decision.state;
        await wait(clock, decision.ms, call.signal);
        if (call.signal?.aborted === true) throw nameCall(abortedError(), call, cluster);
      }
    }
  }

  return {
    text: (call) => run(call, unchanged),
    json: (call) => run(call, parseAnswer),
    async stream(call) {
      const body = call.body === undefined ? undefined : encode(call);
      try {
        const response = await send(call, body, call.deadlineMs ?? defaultDeadlineMs, 1);
        tellWarnings(call, response);
        if (response.status < 200 || response.status >= 300) throw await failure(call, response);
        return ownBody(response.body);
      } catch (error) {
        throw nameCall(error, call, cluster);
      }
    },
  };
}

/** More than any Status, less than what harms. */
const mostErrorBytes = 4 * 2 ** 20;

const unchanged = (text: string): string => text;

function parseAnswer(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch (cause) {
    // The cause's message would quote the answer.
    const reason = cause instanceof SyntaxError ? "is not JSON" : "cannot be read";
    throw new KubeError("protocol", `the answer ${reason} (${text.length} characters)`);
  }
}

function requestOf(call: Call, body: string | undefined, timeoutMs: number): TransportRequest {
  const headers: { [name: string]: string } = { accept: call.accept ?? "application/json" };
  if (call.acceptEncoding !== undefined) headers["accept-encoding"] = call.acceptEncoding;
  if (body !== undefined) headers["content-type"] = call.contentType ?? "application/json";
  return {
    method: call.method,
    path: call.path,
    headers,
    timeoutMs: Math.max(1, timeoutMs),
    ...(body === undefined ? {} : { body }),
    ...(call.signal === undefined ? {} : { signal: call.signal }),
  };
}

/**
 * JSON, also where it is sent as YAML, of which it is a part but for some characters: what Go's YAML refuses is escaped.
 */
function encode({ body, contentType }: Call): string {
  const text = JSON.stringify(body);
  if (contentType?.endsWith("yaml") !== true || !unreadableInYaml.test(text)) return text;
  return text.replaceAll(unreadableInYaml, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const unreadableInYaml = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** Names the call in errors that come from below, where nothing is known of objects. */
export function nameCall(error: unknown, call: CallDescription, cluster?: string): KubeError {
  const name = describeCall(call);
  if (!isKubeError(error)) {
    const text = error instanceof Error ? error.name : "unknown error";
    return new KubeError("connection", `${name}: ${text}`, { cause: error });
  }
  if (error.message.startsWith(name)) return error;
  return new KubeError(error.code, `${name}: ${error.message}`, {
    httpStatus: error.httpStatus,
    status: error.status,
    object: error.object ?? objectOf(call),
    cause: error.cause,
    retryAfterMs: error.retryAfterMs,
    cluster: error.cluster ?? cluster,
    hint: error.hint,
    unsent: error.unsent,
  });
}

function abortedError(): KubeError {
  return new KubeError("aborted", "aborted while waiting to try again");
}

function wait(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const release = holdProcess();
    const end = (): void => {
      release();
      cancel();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal?.addEventListener("abort", end);
  });
}

function nameOf({ plural, group }: Resource): string {
  return group === "" ? plural : `${plural}.${group}`;
}

/** What is posted to a path may be anything. */
function holdsSecrets({ resource, method }: Call): boolean {
  return resource === undefined ? method !== "GET" : resource.group === "" && resource.kind === "Secret";
}

function observed(
  call: Call,
  response: TransportResponse | undefined,
  durationMs: number,
  attempt: number,
): ObservedAttempt {
  const flowSchemaUid = response?.headers["x-kubernetes-pf-flowschema-uid"];
  const priorityLevelUid = response?.headers["x-kubernetes-pf-prioritylevel-uid"];
  return {
    verb: call.verb,
    durationMs,
    attempt,
    ...(call.resource === undefined ? {} : { resource: nameOf(call.resource) }),
    ...(response === undefined ? {} : { status: response.status }),
    ...(typeof flowSchemaUid === "string" ? { flowSchemaUid } : {}),
    ...(typeof priorityLevelUid === "string" ? { priorityLevelUid } : {}),
  };
}
