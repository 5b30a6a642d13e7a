import { type JsonObject, type JsonValue, isObject, textOf } from "@fairlead/apimachinery";
import { ApiError, badRequest } from "../../errors.ts";
import { answerObject } from "../answers.ts";
import { decodeBody, decodeJson, mediaTypeOf } from "../body.ts";
import type { Call } from "../call.ts";
import { listOptions } from "../list-options.ts";
import { deleteObject, deleteRequest } from "../registry/delete.ts";
import { nameOf, namespaceOf } from "../registry/metadata.ts";
import type { Scope } from "../registry/parts.ts";
import type { ApiResponse } from "../request.ts";
import { fromStorage } from "../versions.ts";
import { answerList, listed } from "./read.ts";

function deleteOptions({ request, scope, server }: Call): { options: JsonObject; dryRun: boolean } {
  const { query, body } = request;
  const contentType = mediaTypeOf(request.headers["content-type"]);
  const sent =
    body.length === 0
      ? fromQuery(query)
      : contentType === "" || contentType === "application/json"
        ? objectOf(decodeJson(body).value)
        : decodeBody(body, contentType, server.protobuf, "DeleteOptions").object;
  const { kind, apiVersion, ...own } = sent;
  if (kind !== undefined && kind !== "DeleteOptions") {
    const quoted = JSON.stringify(textOf(apiVersion));
    throw badRequest(
      `no kind ${JSON.stringify(textOf(kind))} is registered for version ${quoted} in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  const dryRun = Array.isArray(own["dryRun"]) && own["dryRun"].includes("All");
  return { options: own, dryRun: dryRun || scope.dryRun };
}

function objectOf(value: JsonValue): JsonObject {
  if (isObject(value)) return value;
  throw badRequest("couldn't get version/kind; json parse error: the options are no object");
}

function fromQuery(query: URLSearchParams): JsonObject {
  const options: JsonObject = {};
  const grace = query.get("gracePeriodSeconds");
  if (grace !== null) {
    if (!/^[+-]?\d+$/.test(grace)) {
      throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`);
    }
    options["gracePeriodSeconds"] = Number(grace);
  }
  const policy = query.get("propagationPolicy");
  if (policy !== null) options["propagationPolicy"] = policy;
  const orphan = query.get("orphanDependents");
  if (orphan !== null) options["orphanDependents"] = orphan === "true";
  return options;
}

function withDeleteOptions(call: Call): { scope: Scope; asked: ReturnType<typeof deleteRequest> } {
  const { options, dryRun } = deleteOptions(call);
  const scope: Scope = {
    ...call.scope,
    dryRun,
    options: { kind: "DeleteOptions", apiVersion: "meta.k8s.io/v1", ...options },
  };
  return { scope, asked: deleteRequest(options) };
}

const jobsOrphan =
  "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning";

export async function deleteOne(call: Call): Promise<ApiResponse> {
  const { server, info, resource, kind } = call;
  const { scope, asked } = withDeleteOptions(call);
  if (
    kind.collection === "jobs.batch" &&
    asked.propagationPolicy === undefined &&
    asked.orphanDependents === undefined
  ) {
    scope.warn(jobsOrphan);
  }
  const { object, gone } = await deleteObject(server, scope, info.name, asked);
  const status = !gone && asked.orphanDependents === false ? 202 : 200;
  if (!gone || kind.strategy.answersDeleted === true) return answerObject(call, object, status);
  const { metadata } = object;
  const uid = isObject(metadata) ? textOf(metadata["uid"]) : "";
  const details: JsonObject = {
    name: info.name,
    ...(resource.group === "" ? {} : { group: resource.group }),
    kind: resource.plural,
    ...(uid === "" ? {} : { uid }),
  };
  const body: JsonObject = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
  return answerObject(call, body, status);
}

export async function deleteCollection(call: Call): Promise<ApiResponse> {
  const { server, kind, resource, request, representation } = call;
  const { scope, asked } = withDeleteOptions(call);
  const options = listOptions(request.query, kind, "", false, resource);
  const { items, revision } = await listed(call, options);
  const deleted: JsonObject[] = [];
  for (const { object } of items) {
    const own: Scope = { ...scope, namespace: namespaceOf(object) };
    try {
      await deleteObject(server, own, nameOf(object), asked);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 404) throw error;
    }
    deleted.push(fromStorage(object, resource));
  }
  const isCustomList = kind.isCustom && representation.kind === "object";
  const metadata = { ...(isCustomList ? { continue: "" } : {}), resourceVersion: String(revision) };
  return answerList(call, metadata, deleted);
}
