import { notFound } from "../../errors.ts";
import type { AdmissionContext, AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import { refuse, text } from "../objects.ts";

const immortal = new Set(["default", "kube-system", "kube-public"]);

/** Nothing is written into a namespace that is not there, nothing new into one that goes; some namespaces stay. */
export function namespaceLifecycle(context: AdmissionContext): AdmissionPlugin {
  return {
    name: "NamespaceLifecycle",
    handles: ({ operation }) => operation !== "CONNECT",
    mutate: (request) => {
      check(request, context);
      return request.object!;
    },
  };
}

function check(request: AdmissionRequest, context: AdmissionContext): void {
  const { operation, resource, namespace } = request;
  if (resource.kind === "Namespace" && resource.group === "") {
    if (operation === "DELETE" && immortal.has(request.name))
      throw refuse(request, "this namespace may not be deleted");
    return;
  }
  if (namespace === "" || operation === "DELETE" || resource.plural === "localsubjectaccessreviews") return;
  const found = context.get("namespaces", "", namespace);
  if (found === undefined) throw notFound({ group: "", plural: "namespaces" }, namespace);
  if (operation !== "CREATE" || text(found, "status", "phase") !== "Terminating") return;
  throw refuse(request, `unable to create new content in namespace ${namespace} because it is being terminated`, [
    {
      reason: "NamespaceTerminating",
      message: `namespace ${namespace} is being terminated`,
      field: "metadata.namespace",
    },
  ]);
}
