import { compareText, get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { forbiddenValue, invalidValue } from "../../field-problem.ts";
import { read, text, type Problems } from "./checks.ts";
import { descendingPath } from "./paths.ts";
import { containersOf } from "./pod-containers.ts";

const mirror = "kubernetes.io/config.mirror";
const deletionCost = "controller.kubernetes.io/pod-deletion-cost";
const podSeccomp = "seccomp.security.alpha.kubernetes.io/pod";
const containerSeccomp = "container.seccomp.security.alpha.kubernetes.io/";
const containerAppArmor = "container.apparmor.security.beta.kubernetes.io/";

/** Annotations that mean something to pods: `holder` is a pod or a template, `at` where its annotations are. */
export function* podAnnotationProblems(holder: JsonValue | undefined, spec: JsonObject, at: string): Problems {
  const annotations = annotationsOf(holder);
  if (Object.hasOwn(annotations, mirror) && text(spec, "nodeName") === "") {
    const why = "must set spec.nodeName if mirror pod annotation is set";
    yield invalidValue(`${at}[${mirror}]`, annotations[mirror], why);
  }
  const cost = annotations[deletionCost];
  if (typeof cost === "string" && !isCost(cost)) {
    yield invalidValue(`${at}[${deletionCost}]`, cost, "must be a 32bit integer");
  }
  if (Object.hasOwn(annotations, podSeccomp)) yield* seccomp(textOf(annotations[podSeccomp]), `${at}.${podSeccomp}`);
  const sorted = Object.entries(annotations).toSorted(([a], [b]) => compareText(a, b));
  for (const [key, value] of sorted) {
    if (key.startsWith(containerSeccomp)) yield* seccomp(textOf(value), `${at}.${key}`);
  }
  const names = new Set(containersOf(spec, "").map(({ container }) => text(container, "name")));
  for (const [key, value] of sorted) {
    if (!key.startsWith(containerAppArmor)) continue;
    const name = key.slice(containerAppArmor.length);
    if (!names.has(name)) yield invalidValue(`${at}[${key}]`, name, "container not found");
    const profile = textOf(value);
    if (["", "runtime/default", "unconfined"].includes(profile) || profile.startsWith("localhost/")) continue;
    yield invalidValue(`${at}[${key}]`, profile, `invalid AppArmor profile name: ${JSON.stringify(profile)}`);
  }
}

/** Digits without zeros in front, signed or not: as a number is written. */
function isCost(cost: string): boolean {
  return /^(?:0|-?[1-9]\d{0,9})$/.test(cost) && Number(cost) >= -(2 ** 31) && Number(cost) < 2 ** 31;
}

function* seccomp(profile: string, at: string): Problems {
  if (["runtime/default", "docker/default", "unconfined"].includes(profile)) return;
  if (profile.startsWith("localhost/")) yield* descendingPath(at, profile.slice("localhost/".length));
  else yield invalidValue(at, profile, "must be a valid seccomp profile");
}

/** Fields of a new pod or of a template that say otherwise than the annotations that they have replaced. */
export function* formerAnnotationProblems(holder: JsonValue | undefined, spec: JsonObject, at: string): Problems {
  const annotations = annotationsOf(holder);
  const own = read(spec, "securityContext", "seccompProfile");
  yield* matches(annotations[podSeccomp], own, `${at}.securityContext.seccompProfile`, "seccomp");
  const containers = containersOf(spec, at);
  for (const { container, at: here } of containers) {
    const profile = read(container, "securityContext", "seccompProfile");
    const annotation = annotations[`${containerSeccomp}${text(container, "name")}`];
    yield* matches(annotation, profile, `${here}.securityContext.seccompProfile`, "seccomp");
  }
  if (text(spec, "os", "name") === "windows") return;
  const ofPod = read(spec, "securityContext", "appArmorProfile");
  for (const { container, at: here } of containers) {
    const profile = read(container, "securityContext", "appArmorProfile") ?? ofPod;
    const annotation = annotations[`${containerAppArmor}${text(container, "name")}`];
    yield* matches(annotation, profile, `${here}.securityContext.appArmorProfile`, "apparmor");
  }
}

function* matches(
  annotation: JsonValue | undefined,
  profile: JsonValue | undefined,
  at: string,
  what: "seccomp" | "apparmor",
): Problems {
  if (annotation === undefined || !isObject(profile)) return;
  const value = textOf(annotation);
  const wrongType = forbiddenValue(`${at}.type`, `${what} type in annotation and field must match`);
  switch (text(profile, "type")) {
    case "Unconfined":
      if (value !== "unconfined") yield wrongType;
      break;
    case "RuntimeDefault":
      if (value !== "runtime/default" && (what === "apparmor" || value !== "docker/default")) yield wrongType;
      break;
    case "Localhost":
      if (!value.startsWith("localhost/")) yield wrongType;
      else if (value !== `localhost/${textOf(get(profile, "localhostProfile"))}`) {
        yield forbiddenValue(`${at}.localhostProfile`, `${what} profile in annotation and field must match`);
      }
  }
}

export function annotationsOf(holder: JsonValue | undefined): JsonObject {
  const found = read(holder, "metadata", "annotations");
  return isObject(found) ? found : {};
}
