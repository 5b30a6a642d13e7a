import type { JsonObject } from "@fairlead/apimachinery";

/** One field that is wrong, as `details.causes` of a Status says it. */
export interface FieldProblem {
  /** `spec.template.spec.containers[0].name`; empty for the whole object. */
  readonly field: string;
  /** `FieldValueInvalid`, `FieldValueRequired`, `FieldValueDuplicate`, `FieldValueForbidden`, `FieldValueNotSupported` … */
  readonly reason: string;
  /** `Invalid value: "x": must be …`: without the field. */
  readonly message: string;
}

/** A request that the API server refuses: `status` is the body of its answer, a `Status` of `v1`. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: JsonObject;
  /** The HTTP status. */
  readonly code: number;
  readonly reason: string;
  /** Of a `Retry-After` header, in seconds. */
  readonly retryAfterSeconds: number | undefined;
  /** Of `Warning` headers; what a request is warned of is told with what refuses it, too. */
  warnings: readonly string[] = [];
  /** What else the head of the answer says. */
  headers: Readonly<Record<string, string>> = {};

  constructor(code: number, reason: string, message: string, details?: JsonObject) {
    super(message);
    this.code = code;
    this.reason = reason;
    const retry = details?.["retryAfterSeconds"];
    this.retryAfterSeconds = typeof retry === "number" ? retry : undefined;
    this.status = {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      ...(reason === "" ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

/** What a message names: `deployments.apps` and, in `details`, group and plural apart. A `Resource` is one. */
export interface Target {
  readonly group: string;
  readonly plural: string;
}

const qualified = ({ group, plural }: Target): string => (group === "" ? plural : `${plural}.${group}`);

function detailsOf({ group, plural }: Target, name: string, more: JsonObject = {}): JsonObject {
  return { ...(name === "" ? {} : { name }), ...(group === "" ? {} : { group }), kind: plural, ...more };
}

export function notFound(target: Target, name: string): ApiError {
  return new ApiError(
    404,
    "NotFound",
    `${qualified(target)} ${JSON.stringify(name)} not found`,
    detailsOf(target, name),
  );
}

export function alreadyExists(target: Target, name: string): ApiError {
  const message = `${qualified(target)} ${JSON.stringify(name)} already exists`;
  return new ApiError(409, "AlreadyExists", message, detailsOf(target, name));
}

export function conflict(target: Target, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(target)} ${JSON.stringify(name)}: ${why}`;
  return new ApiError(409, "Conflict", message, detailsOf(target, name));
}

export const staleObject =
  "the object has been modified; please apply your changes to the latest version and try again";

/** `why` is what comes after `is forbidden: `. */
export function forbidden(target: Target, name: string, why: string): ApiError {
  const about = name === "" ? qualified(target) : `${qualified(target)} ${JSON.stringify(name)}`;
  const message = target.plural === "" ? `forbidden: ${why}` : `${about} is forbidden: ${why}`;
  return new ApiError(403, "Forbidden", message, detailsOf(target, name));
}

/** `kind` and its group, as Kubernetes names what is invalid: `Deployment.apps "web" is invalid: …`. */
export function invalid(
  { group, kind }: { readonly group: string; readonly kind: string },
  name: string,
  problems: readonly FieldProblem[],
): ApiError {
  const texts = problems.map(({ field, message }) => (field === "" ? message : `${field}: ${message}`));
  // What two checks find is said once; the causes have it twice.
  const distinct = [...new Set(texts)];
  const list = distinct.length === 1 ? distinct[0]! : `[${distinct.join(", ")}]`;
  const message = `${group === "" ? kind : `${kind}.${group}`} ${JSON.stringify(name)} is invalid: ${list}`;
  const causes = problems.map((one) => ({ reason: one.reason, message: one.message, field: one.field }));
  const details = {
    ...(name === "" ? {} : { name }),
    ...(group === "" ? {} : { group }),
    ...(kind === "" ? {} : { kind }),
    causes,
  };
  return new ApiError(422, "Invalid", message, details);
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, "BadRequest", message);
}

export function unauthorized(): ApiError {
  return new ApiError(401, "Unauthorized", "Unauthorized");
}

export function methodNotAllowed(target: Target, verb: string): ApiError {
  const message = `${verb} is not supported on resources of kind ${JSON.stringify(qualified(target))}`;
  return new ApiError(405, "MethodNotAllowed", message, detailsOf(target, ""));
}

/** What the server says of a path that it serves to other methods. */
export function methodNotServed(): ApiError {
  const message = "the server does not allow this method on the requested resource";
  return new ApiError(405, "MethodNotAllowed", message, {});
}

/** What the server says of a path that it does not serve. */
export function unknownPath(): ApiError {
  return new ApiError(404, "NotFound", "the server could not find the requested resource", {});
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`;
  return new ApiError(415, "UnsupportedMediaType", message);
}

export function notConvertible(offered: readonly string[]): ApiError {
  return new ApiError(406, "NotAcceptable", `only the following media types are accepted: ${offered.join(", ")}`);
}

export function notAcceptable(offered: readonly string[]): ApiError {
  const message = `406: Not Acceptable\n\nAvailable representations: ${offered.join(", ")}`;
  return new ApiError(406, "NotAcceptable", message, {});
}

/** @param continueToken With which a list goes on all the same. */
export function expired(message: string, continueToken?: string): ApiError {
  const error = new ApiError(410, "Expired", message);
  if (continueToken !== undefined) error.status["metadata"] = { continue: continueToken };
  return error;
}

export function internalError(message: string): ApiError {
  return new ApiError(500, "InternalError", `Internal error occurred: ${message}`, {
    causes: [{ message }],
  });
}

export function tooManyRequests(message: string, retryAfterSeconds: number): ApiError {
  return new ApiError(429, "TooManyRequests", message, { retryAfterSeconds });
}

export function tooLarge(limit: number): ApiError {
  const message = `Request entity too large: limit is ${limit}`;
  return new ApiError(413, "RequestEntityTooLarge", message);
}
