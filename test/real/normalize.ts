import { clone, get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/**
 * What the server's answer to a create would be without what is not defaulting: identity and bookkeeping of the stored
 * object, status, what admission plugins add, and what is allocated (addresses, ports, a job's own selector).
 * `input` is the object that was sent: what it says itself stays.
 */
export function withoutAllocation(answer: JsonObject, input: JsonObject): JsonObject {
  const object = clone(answer);
  delete object["status"];
  const metadata = object["metadata"];
  if (isObject(metadata)) {
    for (const field of ["uid", "creationTimestamp", "managedFields", "generation", "resourceVersion"]) {
      delete metadata[field];
    }
    dropAdded(metadata, get(input, "metadata"), ["name", "namespace", "finalizers"]);
  }
  const spec = object["spec"];
  if (isObject(spec)) byKind[String(object["kind"])]?.(spec, get(input, "spec"), object);
  return object;
}

type Normalizer = (spec: JsonObject, input: JsonValue | undefined, object: JsonObject) => void;

const byKind: Readonly<Record<string, Normalizer>> = {
  Service: (spec, input) => {
    dropAdded(spec, input, ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "healthCheckNodePort"]);
    const sent = get(input, "ports");
    const ports = spec["ports"];
    if (!Array.isArray(ports) || !Array.isArray(sent)) return;
    for (const [index, port] of ports.entries()) if (isObject(port)) dropAdded(port, sent[index], ["nodePort"]);
  },
  // The plugins DefaultTolerationSeconds and Priority.
  Pod: (spec, input) => {
    dropAdded(spec, input, ["priority", "preemptionPolicy"]);
    const sent = get(input, "tolerations");
    const count = Array.isArray(sent) ? sent.length : 0;
    if (count === 0) delete spec["tolerations"];
    else spec["tolerations"] = (spec["tolerations"] as JsonValue[]).slice(0, count);
  },
  Job: (spec, input, object) => {
    dropAdded(spec, input, ["selector"]);
    for (const metadata of [object["metadata"], get(get(spec, "template"), "metadata")]) {
      const labels = get(metadata, "labels");
      if (!isObject(metadata) || !isObject(labels)) continue;
      for (const name of ["controller-uid", "job-name"]) {
        delete labels[name];
        delete labels[`batch.kubernetes.io/${name}`];
      }
      if (Object.keys(labels).length === 0) delete metadata["labels"];
    }
  },
  DaemonSet: (_spec, _input, object) => {
    const metadata = object["metadata"];
    const annotations = get(metadata, "annotations");
    if (!isObject(metadata) || !isObject(annotations)) return;
    delete annotations["deprecated.daemonset.template.generation"];
    if (Object.keys(annotations).length === 0) delete metadata["annotations"];
  },
  Namespace: (_spec, _input, object) => {
    delete object["spec"];
    const labels = get(object["metadata"], "labels");
    if (isObject(labels)) delete labels["kubernetes.io/metadata.name"];
  },
};

function dropAdded(object: JsonObject, input: JsonValue | undefined, fields: readonly string[]): void {
  for (const field of fields) if ((get(input, field) ?? "") === "") delete object[field];
}

/** Where two values differ, as `spec.replicas: 1 / missing`. To Kubernetes null and an empty list are the same as missing. */
export function differences(a: JsonValue | undefined, b: JsonValue | undefined, path = ""): string[] {
  if (isObject(a) && isObject(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
    return keys.flatMap((key) => differences(get(a, key), get(b, key), path === "" ? key : `${path}.${key}`));
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => i).flatMap((i) =>
      differences(a[i], b[i], `${path}[${i}]`),
    );
  }
  const [left, right] = [a, b].map(describe);
  return left === right ? [] : [`${path}: ${left} / ${right}`];
}

function describe(value: JsonValue | undefined): string {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return "missing";
  return JSON.stringify(value);
}
