import { get, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

type Fields = Readonly<Record<string, (object: JsonObject) => string>>;

/** A field by its path, as Go's fields.Set prints it. */
export function at(path: string): Fields {
  const steps = path.split(".");
  return {
    [path]: (object) => {
      let value: JsonValue | undefined = object;
      for (const step of steps) value = get(value, step);
      return typeof value === "number" || typeof value === "boolean" ? String(value) : textOf(value);
    },
  };
}

const event: Fields = {
  ...at("involvedObject.kind"),
  ...at("involvedObject.namespace"),
  ...at("involvedObject.name"),
  ...at("involvedObject.uid"),
  ...at("involvedObject.apiVersion"),
  ...at("involvedObject.resourceVersion"),
  ...at("involvedObject.fieldPath"),
  ...at("reason"),
  ...at("type"),
  reportingComponent: (object) => textOf(object["reportingComponent"]) || textOf(get(object["source"], "component")),
  source: (object) => textOf(get(object["source"], "component")) || textOf(object["reportingComponent"]),
};

const zeroOf = (path: string): Fields => {
  const read = at(path)[path]!;
  return { [path]: (object) => read(object) || "0" };
};

/** Fields that field selectors may name, besides name and namespace, of kinds without a strategy of their own. */
export const selectableFields: ReadonlyMap<string, Fields> = new Map<string, Fields>([
  ["certificatesigningrequests.certificates.k8s.io", at("spec.signerName")],
  ["events", event],
  ["jobs.batch", zeroOf("status.successful")],
  ["nodes", { "spec.unschedulable": (node) => String(get(node["spec"], "unschedulable") === true) }],
  ["replicationcontrollers", zeroOf("status.replicas")],
  ["resourceslices.resource.k8s.io", { ...at("spec.nodeName"), ...at("spec.driver") }],
  ["secrets", at("type")],
  ["services", { ...at("spec.clusterIP"), ...at("spec.type") }],
]);
