import { get, isObject, type JsonValue, parseJson } from "@fairlead/apimachinery";
import { formatRef, type ObjectRef } from "@fairlead/krm";
import { KubeError, type KubeErrorCode } from "../errors.ts";
import { type ObjectKey, refTo, type Resource } from "../resource.ts";
import { isStatus, type Status } from "../status.ts";
import type { TransportResponse } from "../transport/transport.ts";

/** `metav1.StatusReason`: the cause as the server means it, whatever HTTP status it comes with. */
const byReason: ReadonlyMap<string, KubeErrorCode> = new Map([
  ["Unauthorized", "unauthorized"],
  ["Forbidden", "forbidden"],
  ["NotFound", "not-found"],
  ["AlreadyExists", "already-exists"],
  ["Conflict", "conflict"],
  ["Gone", "gone"],
  ["Expired", "gone"],
  ["Invalid", "invalid"],
  ["BadRequest", "bad-request"],
  ["TooManyRequests", "too-many-requests"],
  ["RequestEntityTooLarge", "too-large"],
  ["MethodNotAllowed", "unsupported"],
  ["NotAcceptable", "unsupported"],
  ["UnsupportedMediaType", "unsupported"],
  ["ServerTimeout", "server-timeout"],
  ["Timeout", "server-timeout"],
  ["ServiceUnavailable", "unavailable"],
  ["InternalError", "server-error"],
  ["StorageReadError", "server-error"],
]);

const byHttpStatus: ReadonlyMap<number, KubeErrorCode> = new Map([
  [401, "unauthorized"],
  [403, "forbidden"],
  [404, "not-found"],
  [405, "unsupported"],
  [406, "unsupported"],
  [408, "server-timeout"],
  [409, "conflict"],
  [410, "gone"],
  [413, "too-large"],
  [415, "unsupported"],
  [422, "invalid"],
  [429, "too-many-requests"],
  [502, "unavailable"],
  [503, "unavailable"],
  [504, "server-timeout"],
]);

const hints: { readonly [code in KubeErrorCode]?: string } = {
  unauthorized: "the credentials are missing, wrong or expired",
  forbidden: "this user lacks the permission: a Role or ClusterRole must grant it",
};

/** What the call was, for messages: it is put into words only when something went wrong. */
export interface CallDescription {
  /** `get`, `apply`, … or the HTTP method. */
  readonly verb: string;
  readonly path: string;
  readonly resource?: Resource | undefined;
  readonly key?: Partial<ObjectKey> | undefined;
}

export function describeCall(call: CallDescription): string {
  const object = objectOf(call);
  if (object === undefined) return `${call.verb} ${call.path.split("?")[0]}`;
  if (object.name !== "") return `${call.verb} ${formatRef(object)}`;
  return `${call.verb} ${object.kind}${object.namespace === undefined ? "" : ` in ${object.namespace}`}`;
}

export function objectOf({ resource, key = {} }: CallDescription): ObjectRef | undefined {
  return resource === undefined ? undefined : refTo(resource, key);
}

/** The error of an answer that is not a success. `mask` hides what must not be shown of the server's words. */
export function answerError(
  call: CallDescription,
  cluster: string,
  response: Pick<TransportResponse, "status" | "headers">,
  text: string,
  mask: (text: string) => string,
): KubeError {
  const status = statusOf(text, mask);
  const retryAfterMs = retryAfterOf(response.headers["retry-after"]) ?? retryAfterOfStatus(status);
  return statusError(call, cluster, response.status, status, mask(excerpt(text)), retryAfterMs);
}

/** The error of a `Status` that came in a watch. */
export function watchError(call: CallDescription, cluster: string, object: JsonValue | undefined): KubeError {
  const status = isStatus(object) ? object : undefined;
  const httpStatus = typeof status?.code === "number" ? status.code : 500;
  return statusError(call, cluster, httpStatus, status, "", retryAfterOfStatus(status));
}

function statusError(
  call: CallDescription,
  cluster: string,
  httpStatus: number,
  status: Status | undefined,
  text: string,
  retryAfterMs: number | undefined,
): KubeError {
  const code =
    byReason.get(status?.reason ?? "") ??
    byHttpStatus.get(httpStatus) ??
    (httpStatus >= 500 ? "server-error" : "bad-request");
  const said = typeof status?.message === "string" && status.message !== "" ? status.message : text;
  const message = `${describeCall(call)}: ${said === "" ? `the server answered ${httpStatus}` : said}`;
  const hint = hints[code];
  return new KubeError(code, message, {
    httpStatus,
    cluster,
    ...(status === undefined ? {} : { status }),
    object: objectOf(call),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(hint === undefined ? {} : { hint }),
  });
}

function statusOf(text: string, mask: (text: string) => string): Status | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const value = parseJson(text);
    if (!isStatus(value)) return undefined;
    return masked(value, mask) as Status;
  } catch {
    return undefined;
  }
}

function masked(value: JsonValue, mask: (text: string) => string): JsonValue {
  if (typeof value === "string") return mask(value);
  if (Array.isArray(value)) return value.map((one) => masked(one, mask));
  if (isObject(value)) for (const key of Object.keys(value)) value[key] = masked(value[key]!, mask);
  return value;
}

/** Seconds, or a date of HTTP (then nothing: whose clock would tell?). */
function retryAfterOf(header: string | readonly string[] | undefined): number | undefined {
  const text = typeof header === "string" ? header : header?.[0];
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) * 1000 : undefined;
}

function retryAfterOfStatus(status: Status | undefined): number | undefined {
  const seconds = get(status?.details, "retryAfterSeconds");
  return typeof seconds === "number" && seconds > 0 ? seconds * 1000 : undefined;
}

/** A proxy's page of HTML says nothing; the first line of a text does. */
function excerpt(text: string): string {
  const line = text.trimStart().split("\n", 1)[0] ?? "";
  return line.startsWith("<") ? "" : line.slice(0, 500);
}
