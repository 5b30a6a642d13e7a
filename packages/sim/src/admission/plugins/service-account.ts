import { isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { AdmissionContext, AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import { annotation, field, isFor, items, nameOf, refuse, text, withField } from "../objects.ts";

const mirror = "kubernetes.io/config.mirror";
const volumePrefix = "kube-api-access-";
const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
const alphabet = "bcdfghjklmnpqrstvwxz2456789";

/** Every Pod runs as a service account that exists, and finds that account's token in a volume unless it will not. */
export function serviceAccount(context: AdmissionContext, random: () => number): AdmissionPlugin {
  return {
    name: "ServiceAccount",
    handles: (request) =>
      request.operation === "CREATE"
        ? isFor(request, "", "pods")
        : request.operation === "UPDATE" && isFor(request, "", "pods", "ephemeralcontainers"),
    mutate: (request) => {
      const pod = request.object!;
      if (request.operation !== "CREATE" || annotation(pod, mirror) !== undefined) {
        check(request, context);
        return pod;
      }
      const object = withAccount(request, context, random);
      check({ ...request, object }, context);
      return object;
    },
    validate: (request) => check(request, context),
  };
}

function withAccount(request: AdmissionRequest, context: AdmissionContext, random: () => number): JsonObject {
  let pod = request.object!;
  let name = text(pod, "spec", "serviceAccountName");
  if (name === "") {
    name = "default";
    pod = withField(pod, ["spec", "serviceAccountName"], name);
  }
  // The deprecated twin follows, as conversion from the internal type has it.
  if (text(pod, "spec", "serviceAccount") !== name) pod = withField(pod, ["spec", "serviceAccount"], name);
  const account = lookUp(request, context, name);
  if (mountsToken(account, pod)) pod = withToken(pod, random);
  const pullSecrets = field(account, "imagePullSecrets");
  if (items(pod, "spec", "imagePullSecrets").length === 0 && Array.isArray(pullSecrets) && pullSecrets.length > 0) {
    const named = pullSecrets.filter(isObject).map((secret): JsonObject => ({ name: text(secret, "name") }));
    pod = withField(pod, ["spec", "imagePullSecrets"], named);
  }
  return pod;
}

function lookUp(request: AdmissionRequest, context: AdmissionContext, name: string): JsonObject {
  const found = context.get("serviceaccounts", request.namespace, name);
  if (found !== undefined) return found;
  const where = `${request.namespace}/${name}`;
  throw refuse(request, `error looking up service account ${where}: serviceaccount ${JSON.stringify(name)} not found`);
}

function mountsToken(account: JsonObject, pod: JsonObject): boolean {
  const ofPod = field(pod, "spec", "automountServiceAccountToken");
  if (typeof ofPod === "boolean") return ofPod;
  return field(account, "automountServiceAccountToken") !== false;
}

function withToken(pod: JsonObject, random: () => number): JsonObject {
  const existing = items(pod, "spec", "volumes").find((volume) => text(volume, "name").startsWith(volumePrefix));
  const name = existing === undefined ? volumePrefix + suffix(random) : text(existing, "name");
  let isMounted = false;
  let result = pod;
  for (const list of ["initContainers", "containers"]) {
    const containers = field(pod, "spec", list);
    if (!Array.isArray(containers)) continue;
    const mounted = containers.map((container): JsonValue => {
      if (!isObject(container)) return container;
      const mounts = items(container, "volumeMounts");
      if (mounts.some((mount) => text(mount, "mountPath") === mountPath)) return container;
      isMounted = true;
      return { ...container, volumeMounts: [...mounts, { name, readOnly: true, mountPath }] };
    });
    if (isMounted) result = withField(result, ["spec", list], mounted);
  }
  if (existing !== undefined || !isMounted) return result;
  return withField(
    result,
    ["spec", "volumes"],
    [...items(result, "spec", "volumes"), { name, projected: projected() }],
  );
}

function suffix(random: () => number): string {
  return Array.from({ length: 5 }, () => alphabet[Math.floor(random() * alphabet.length)]!).join("");
}

function projected(): JsonObject {
  return {
    defaultMode: 420,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      {
        downwardAPI: {
          items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
        },
      },
    ],
  };
}

function check(request: AdmissionRequest, context: AdmissionContext): void {
  const pod = request.object!;
  if (annotation(pod, mirror) !== undefined && request.operation === "CREATE") return checkMirror(request, pod);
  const name = text(pod, "spec", "serviceAccountName");
  if (name === "") throw refuse(request, `no service account specified for pod ${request.namespace}/${nameOf(pod)}`);
  const account = lookUp(request, context, name);
  const enforce = annotation(account, "kubernetes.io/enforce-mountable-secrets");
  if (enforce === undefined || !/^(1|t|T|TRUE|true|True)$/.test(enforce)) return;
  const why = request.subresource === "" ? secretProblem(account, pod) : containerProblem(account, pod, ephemeral);
  if (why !== undefined) throw refuse(request, why);
}

function checkMirror(request: AdmissionRequest, pod: JsonObject): void {
  if (text(pod, "spec", "serviceAccountName") !== "")
    throw refuse(request, "a mirror pod may not reference service accounts");
  const volumes = items(pod, "spec", "volumes");
  const sources = volumes.flatMap((volume) => items(volume, "projected", "sources"));
  const readsSecret =
    items(pod, "spec", "imagePullSecrets").length > 0 ||
    [...volumes, ...sources].some((one) => field(one, "secret") !== undefined) ||
    [...initial, ...main, ...ephemeral].some(([list]) =>
      items(pod, "spec", list!).some((container) => secretsOf(container).length > 0),
    );
  if (readsSecret) throw refuse(request, "a mirror pod may not reference secrets");
  if (sources.some((source) => field(source, "serviceAccountToken") !== undefined))
    throw refuse(request, "a mirror pod may not use ServiceAccountToken volume projections");
}

const initial = [["initContainers", "init container"]];
const main = [["containers", "container"]];
const ephemeral = [["ephemeralContainers", "ephemeral container"]];

function secretProblem(account: JsonObject, pod: JsonObject): string | undefined {
  const allowed = new Set(items(account, "secrets").map((secret) => text(secret, "name")));
  const who = nameOf(account);
  for (const volume of items(pod, "spec", "volumes")) {
    if (field(volume, "secret") === undefined) continue;
    const name = text(volume, "secret", "secretName");
    if (!allowed.has(name))
      return `volume with secret.secretName="${name}" is not allowed because service account ${who} does not reference that secret`;
  }
  const problem = containerProblem(account, pod, [...initial, ...main]);
  if (problem !== undefined) return problem;
  const pulls = new Set(items(account, "imagePullSecrets").map((secret) => text(secret, "name")));
  for (const [index, secret] of items(pod, "spec", "imagePullSecrets").entries()) {
    const name = text(secret, "name");
    if (!pulls.has(name))
      return `imagePullSecrets[${index}].name="${name}" is not allowed because service account ${who} does not reference that imagePullSecret`;
  }
  return undefined;
}

function secretsOf(container: JsonObject): { readonly by: string; readonly name: string }[] {
  const found: { by: string; name: string }[] = [];
  for (const variable of items(container, "env")) {
    if (field(variable, "valueFrom", "secretKeyRef") === undefined) continue;
    found.push({ by: `envVar ${text(variable, "name")}`, name: text(variable, "valueFrom", "secretKeyRef", "name") });
  }
  for (const from of items(container, "envFrom")) {
    if (field(from, "secretRef") !== undefined) found.push({ by: "envFrom", name: text(from, "secretRef", "name") });
  }
  return found;
}

function containerProblem(account: JsonObject, pod: JsonObject, lists: readonly string[][]): string | undefined {
  const allowed = new Set(items(account, "secrets").map((secret) => text(secret, "name")));
  for (const [list, kind] of lists) {
    for (const container of items(pod, "spec", list!)) {
      const wrong = secretsOf(container).find(({ name }) => !allowed.has(name));
      if (wrong === undefined) continue;
      return `${kind!} ${nameText(container)} with ${wrong.by} referencing secret.secretName="${wrong.name}" is not allowed because service account ${nameOf(account)} does not reference that secret`;
    }
  }
  return undefined;
}

const nameText = (container: JsonObject): string => text(container, "name");
