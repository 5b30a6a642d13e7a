import { schemaForKind, textOf, type JsonObject } from "@fairlead/apimachinery";
import { Buffer } from "node:buffer";
import { invalid, type FieldProblem } from "../errors.ts";
import { invalidValue, tooLong, unsupportedValue } from "../field-problem.ts";
import type { Kind } from "../resources/kind.ts";
import { type Resource, apiVersionOf } from "../resources/resource.ts";
import { decodeBody, mediaTypeOf } from "./body.ts";
import { decodeObject, type FieldValidation } from "./decode-object.ts";
import type { Scope } from "./registry/parts.ts";
import { type Representation, representationOf } from "./representation.ts";
import type { ApiRequest, RequestInfo } from "./request.ts";
import type { Server } from "./server.ts";

export interface Call {
  readonly server: Server;
  readonly request: ApiRequest;
  readonly info: RequestInfo;
  /** In the version of the path. */
  readonly resource: Resource;
  readonly kind: Kind;
  readonly scope: Scope;
  readonly validation: FieldValidation;
  readonly representation: Representation;
  readonly warnings: string[];
}

const optionKinds: Readonly<Record<string, string>> = {
  create: "CreateOptions",
  update: "UpdateOptions",
  patch: "PatchOptions",
  delete: "DeleteOptions",
  deletecollection: "DeleteOptions",
};

export function callOf(server: Server, request: ApiRequest, info: RequestInfo, resource: Resource, kind: Kind): Call {
  const { query, headers, user } = request;
  const warnings: string[] = [];
  const warn = (text: string): void => {
    if (!warnings.includes(text)) warnings.push(text);
  };
  if (kind.deprecationWarning !== undefined) warn(kind.deprecationWarning);
  const accept = headers["accept"];
  const dryRun = query.getAll("dryRun");
  const optionsKind = optionKinds[info.verb] ?? "CreateOptions";
  const manager = query.get("fieldManager") ?? "";
  const problems = managerProblems(manager);
  const badDryRun = dryRun.find((one) => one !== "All" && one !== "");
  if (badDryRun !== undefined) problems.push(unsupportedValue("dryRun", dryRun, ["All"]));
  const validation = query.get("fieldValidation") ?? "";
  if (!["", "Ignore", "Warn", "Strict"].includes(validation)) {
    problems.push(unsupportedValue("fieldValidation", validation, ["", "Ignore", "Strict", "Warn"]));
  }
  if (problems.length > 0 && info.verb !== "get" && info.verb !== "list" && info.verb !== "watch") {
    throw invalid({ group: "meta.k8s.io", kind: optionsKind }, "", problems);
  }
  const options: JsonObject = {
    kind: optionsKind,
    apiVersion: "meta.k8s.io/v1",
    ...(dryRun.includes("All") ? { dryRun: ["All"] } : {}),
    ...(manager === "" ? {} : { fieldManager: manager }),
    ...(validation === "" ? {} : { fieldValidation: validation }),
  };
  const scope: Scope = {
    kind,
    resource,
    namespace: resource.namespaced ? info.namespace : "",
    subresource: info.subresource,
    user,
    dryRun: dryRun.includes("All"),
    fieldManager: manager === "" ? managerOf(headers["user-agent"]) : manager,
    options,
    warn,
  };
  return {
    server,
    request,
    info,
    resource,
    kind,
    scope,
    validation: validation === "" ? "Warn" : (validation as FieldValidation),
    representation: representationOf(typeof accept === "string" ? accept : "", query, info.verb),
    warnings,
  };
}

const longestManager = 128;

function managerProblems(manager: string): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (Buffer.byteLength(manager) > longestManager) problems.push(tooLong("fieldManager", longestManager));
  let at = 0;
  for (const character of manager) {
    const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
    const isPrinted = character === " " || !/[\p{C}\p{Z}]/u.test(character);
    if (!isPrinted)
      problems.push(invalidValue("fieldManager", manager, `invalid character U+${code} (at position ${at})`));
    at += Buffer.byteLength(character);
  }
  return problems;
}

/** The name of a program, of its user agent: what stands before the first slash. */
function managerOf(userAgent: string | readonly string[] | undefined): string {
  const name = (typeof userAgent === "string" ? userAgent : "").split("/")[0]!;
  return name.replaceAll(/[^\x20-\x7e]/g, "").slice(0, 128);
}

/** Versions of a subresource's body that are read besides its own. */
const olderBodies: ReadonlyMap<string, string> = new Map([["policy/v1beta1 Eviction", "policy/v1"]]);

/**
 * What is created of a kind that is not stored: the body of a subresource, a review. Throws 400 for what is not of the
 * kind.
 */
export function bodyOf({ request, server, resource, kind, validation, scope }: Call, body: BodyKind): JsonObject {
  const own = { ...resource, ...body };
  const media = mediaTypeOf(request.headers["content-type"]);
  const decoded = decodeBody(request.body, media, server.protobuf, own.kind);
  const { apiVersion } = decoded.object;
  const newer = olderBodies.get(`${textOf(apiVersion)} ${own.kind}`);
  const sent = newer === undefined ? decoded : { ...decoded, object: { ...decoded.object, apiVersion: newer } };
  const schema = schemaForKind(apiVersionOf(own), own.kind);
  return decodeObject(sent, own, { ...kind, resource: own, schema }, { validation, warn: scope.warn });
}

type BodyKind = Pick<Resource, "group" | "version" | "kind">;
