import { get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import { objectAnswer } from "../api/encode.ts";
import { metadataOf, timeText, withMetadata } from "../api/registry/metadata.ts";
import { admissionRequest, type Scope } from "../api/registry/parts.ts";
import { updateObject } from "../api/registry/update.ts";
import type { Server, SubresourceHandler, VirtualHandler } from "../api/server.ts";
import { ApiError, badRequest, conflict, invalid, methodNotAllowed, notFound } from "../errors.ts";
import { requiredValue, unsupportedValue } from "../field-problem.ts";
import { admittedBody } from "./admitted-body.ts";

/** `pods/binding`: puts a pod on a node, once. */
export const bindingSubresource: SubresourceHandler = async (server, { info, resource, scope, body }) => {
  if (info.verb !== "create") throw methodNotAllowed(resource, info.verb);
  if (body === undefined) throw badRequest("the Binding has no body");
  return objectAnswer(await bind(server, { ...scope, subresource: "binding" }, info.name, body), 201);
};

/** The older `bindings`, which names the pod in the body. */
export const bindings: VirtualHandler = async (server, { scope, body }) => {
  if (body === undefined) throw badRequest("the Binding has no body");
  return await bind(server, scope, textOf(metadataOf(body)["name"]), body);
};

/** Admission sees the Binding as the request of `scope`; the pod itself is not shown to it. */
async function bind(server: Server, scope: Scope, name: string, body: JsonObject): Promise<JsonObject> {
  const binding = await admittedBody(server, scope, name, { ...body, apiVersion: "v1", kind: "Binding" });
  if (textOf(metadataOf(binding)["name"]) !== name) {
    throw badRequest("name in URL does not match name in Binding object");
  }
  const kind = textOf(get(binding["target"], "kind"));
  if (kind !== "" && kind !== "Node") {
    const { field, message } = unsupportedValue("target.kind", kind, ["Node", "<empty>"]);
    throw new ApiError(500, "", `${field}: ${message}`);
  }
  const node = textOf(get(binding["target"], "name"));
  if (node === "") throw invalid({ group: "", kind: "Binding" }, name, [requiredValue("target.name")]);
  await server.admission.validate(admissionRequest(scope, "CREATE", name, binding, undefined));
  const uid = textOf(metadataOf(binding)["uid"]);
  const { resource: _, ...rest } = scope;
  const pods = server.kinds.of(server.table.preferred("pods")!);
  await updateObject(server, { ...rest, kind: pods, subresource: "binding" }, name, {
    change: (live) => {
      if (live === undefined) throw notFound(pods.resource, name);
      const problem = bindingProblem(live, uid);
      if (problem !== undefined) throw conflict({ group: "", plural: "pods/binding" }, name, problem);
      return bound(live, node, metadataOf(binding), server.clock.now());
    },
    validate: () => {},
  });
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };
}

function bindingProblem(pod: JsonObject, uid: string): string | undefined {
  const { deletionTimestamp, uid: known } = metadataOf(pod);
  const spec = pod["spec"];
  if (uid !== "" && uid !== known) {
    return `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${textOf(known)}`;
  }
  const name = textOf(metadataOf(pod)["name"]);
  if (deletionTimestamp !== undefined) return `pod ${name} is being deleted, cannot be assigned to a host`;
  const node = textOf(get(spec, "nodeName"));
  if (node !== "") return `pod ${name} is already assigned to node ${JSON.stringify(node)}`;
  const gates = get(spec, "schedulingGates");
  if (Array.isArray(gates) && gates.length > 0) return `pod ${name} has non-empty .spec.schedulingGates`;
  return undefined;
}

function bound(pod: JsonObject, node: string, { annotations, labels }: JsonObject, now: number): JsonObject {
  const spec = isObject(pod["spec"]) ? pod["spec"] : {};
  const { nominatedNodeName: _, ...status } = isObject(pod["status"]) ? pod["status"] : {};
  const before = Array.isArray(status["conditions"]) ? status["conditions"] : [];
  const scheduled = { type: "PodScheduled", status: "True", lastProbeTime: null, lastTransitionTime: timeText(now) };
  const conditions = [...before.filter((one) => get(one, "type") !== "PodScheduled"), scheduled];
  const own = metadataOf(pod);
  const merge = (more: JsonObject[string] | undefined, key: string): JsonObject[string] | undefined => {
    if (!isObject(more)) return own[key];
    return { ...(isObject(own[key]) ? own[key] : {}), ...more };
  };
  const changed = { ...pod, spec: { ...spec, nodeName: node }, status: { ...status, conditions } };
  return withMetadata(changed, { annotations: merge(annotations, "annotations"), labels: merge(labels, "labels") });
}
