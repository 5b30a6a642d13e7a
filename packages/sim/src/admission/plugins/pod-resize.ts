import { compareQuantities, quantityUnits } from "@fairlead/apimachinery";
import type { AdmissionContext, AdmissionPlugin } from "../admission.ts";
import { field, isFor, labelsOf, refuse, text } from "../objects.ts";
import { podResources, resourceList, supportedPodLevel } from "../pod-resources.ts";
import { amount } from "../quota/amounts.ts";

/** A running Pod grows no larger than its node is. */
export function podResize(context: AdmissionContext): AdmissionPlugin {
  return {
    name: "PodResizeValidator",
    handles: (request) => request.operation === "UPDATE" && isFor(request, "", "pods", "resize"),
    validate: (request) => {
      const name = text(request.object, "spec", "nodeName");
      const generation = (object: unknown) => field(object as never, "metadata", "generation");
      if (name === "" || generation(request.object) === generation(request.old)) return;
      const node = context.get("nodes", "", name);
      if (node === undefined) throw refuse(request, `node ${JSON.stringify(name)} not found`);
      const system = labelsOf(node)["kubernetes.io/os"];
      if (system !== undefined && system !== "linux") {
        const why = `pod resize is only supported on linux nodes, node ${JSON.stringify(name)} is ${JSON.stringify(system)}`;
        throw refuse(request, why, [{ reason: "UnsupportedPlatform" }]);
      }
      const allocatable = resourceList(field(node, "status", "allocatable"));
      const options = { withOverhead: true, podLevel: supportedPodLevel };
      const asked = podResources(request.object!, "requests", options);
      const problems = [
        { resource: "cpu", scale: -3 },
        { resource: "memory", scale: 0 },
      ].flatMap(({ resource, scale }) => {
        const [wanted, there] = [asked.get(resource) ?? amount(0), allocatable.get(resource) ?? amount(0)];
        if (compareQuantities(wanted, there) <= 0) return [];
        return `${resource}, requested: ${quantityUnits(wanted, scale)}, allocatable: ${quantityUnits(there, scale)}`;
      });
      if (problems.length === 0) return;
      const why = `node didn't have enough allocatable resources: ${problems.join("; ")}`;
      throw refuse(request, why, [{ reason: "NodeCapacity" }]);
    },
  };
}
