import { canonicalQuantity, labelKeyProblem, type JsonObject } from "@fairlead/apimachinery";
import { invalidValue, requiredValue, unsupportedValue } from "../../field-problem.ts";
import { objections, text, type Problems } from "./checks.ts";

/** Fields that are known, though not everywhere taken. */
const labels = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.restartPolicy",
  "spec.serviceAccountName",
  "spec.schedulerName",
  "status.phase",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
  "spec.host",
];

/** What is wrong with a reference to a field of the pod, of which some are taken. */
export function* fieldRefProblems(ref: JsonObject, at: string, known: readonly string[]): Problems {
  const version = text(ref, "apiVersion");
  const label = text(ref, "fieldPath");
  if (version === "") {
    yield requiredValue(`${at}.apiVersion`);
    return;
  }
  if (label === "") {
    yield requiredValue(`${at}.fieldPath`);
    return;
  }
  const failed = (why: string): ReturnType<typeof invalidValue> =>
    invalidValue(`${at}.fieldPath`, label, `error converting fieldPath: ${why}`);
  if (version !== "v1") {
    yield failed(`unsupported pod version: ${version}`);
    return;
  }
  const [, path, key] = /^(.+?)\['(.*)'\]$/s.exec(label) ?? [];
  if (path !== undefined) {
    if (path === "metadata.annotations") yield* objections(at, key!.toLowerCase(), labelKeyProblem(key!.toLowerCase()));
    else if (path === "metadata.labels") yield* objections(at, key!, labelKeyProblem(key!));
    else yield failed(`field label does not support subscript: ${label}`);
  } else if (!labels.includes(label)) yield failed(`field label not supported: ${label}`);
  else if (!known.includes(label)) {
    // What was called host once is the node's name.
    if (label !== "spec.host" || !known.includes("spec.nodeName")) {
      yield unsupportedValue(`${at}.fieldPath`, label, known);
    }
  }
}

const resources = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];
const sizes = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

/** What is wrong with a reference to what a container asks for or is limited to. */
export function* resourceRefProblems(
  ref: JsonObject,
  at: string,
  { inVolume }: { readonly inVolume: boolean },
): Problems {
  const resource = text(ref, "resource");
  const isHuge = /^(?:requests|limits)\.hugepages-/.test(resource);
  if (inVolume && text(ref, "containerName") === "") yield requiredValue(`${at}.containerName`);
  else if (resource === "") yield requiredValue(`${at}.resource`);
  else if (!resources.includes(resource) && !isHuge) yield unsupportedValue(`${at}.resource`, resource, resources);
  const value = ref["divisor"];
  const divisor = typeof value === "string" || typeof value === "number" ? canonicalQuantity(value) : "0";
  if (divisor === "0") return;
  const refuse = (what: string): ReturnType<typeof invalidValue> =>
    invalidValue(`${at}.divisor`, resource, `only divisor's values ${what}`);
  if (resource.endsWith(".cpu") && divisor !== "1m" && divisor !== "1") {
    yield refuse("1m and 1 are supported with the cpu resource");
  }
  if (sizes.includes(divisor)) return;
  const all = `${sizes.join(", ")} are supported with the`;
  if (resource.endsWith(".memory")) yield refuse(`${all} memory resource`);
  else if (resource.endsWith(".ephemeral-storage")) yield refuse(`${all} local ephemeral storage resource`);
  else if (isHuge) yield refuse(`${all} hugepages resource`);
}
