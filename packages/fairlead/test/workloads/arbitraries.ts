import fc, { type Arbitrary } from "fast-check";
import { clone, isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { noHardening } from "../../src/import/app.ts";
import type { AppSpec } from "../../src/kinds/app.ts";
import type { EnvironmentSpec } from "../../src/kinds/environment.ts";
import type { TaskSpec } from "../../src/kinds/task.ts";

/** An object of which each field may be absent. */
export function partial(fields: { readonly [key: string]: Arbitrary<unknown> }): Arbitrary<{ [key: string]: unknown }> {
  return fc.record(fields, { requiredKeys: [] });
}

export const word = fc.constantFrom("orders", "billing", "cache", "web", "worker", "metrics", "data");
const port = fc.integer({ min: 1, max: 65535 });
const quantityCpu = fc.constantFrom("100m", "1", "0.5");
const quantityMemory = fc.constantFrom("64Mi", "500M");
export const duration = fc.constantFrom("500ms", "30s", "5m", "1h30m");
export const boolean = fc.boolean();
export const labels = fc.dictionary(fc.constantFrom("team", "tier", "app.kubernetes.io/component"), word, {
  maxKeys: 2,
});

export const resources = fc.oneof(
  fc.constant("unlimited" as const),
  fc.record({
    requests: fc.record({ cpu: quantityCpu, memory: quantityMemory }),
    limits: partial({ memory: fc.constantFrom("500M", "1Gi") }),
  }),
);

const endpoint = (more: { [key: string]: Arbitrary<unknown> }) =>
  fc.record(
    { port, servicePort: port, name: fc.constantFrom("api", "http-admin"), probe: boolean, ...more },
    { requiredKeys: ["port"] },
  );

const environmentVariable = fc.oneof(
  fc.record({ name: fc.constantFrom("LOG_LEVEL", "DD_ENV", "MODE"), value: word }),
  fc.record({
    name: fc.constantFrom("TOKEN", "PASSWORD"),
    valueFrom: fc.record({ secretKeyRef: fc.record({ name: word, key: word }) }),
  }),
);

/** Probes that no port name is asked by, so that any container may have them. */
const probe = fc.oneof(
  fc.record({ tcpSocket: fc.record({ port }) }),
  fc.record({ exec: fc.record({ command: fc.constant(["true"]) }), periodSeconds: fc.integer({ min: 1, max: 60 }) }),
);

export const containerFields = {
  image: fc.constantFrom("registry.example/orders:1.4.2", "nginx", "registry:5000/x@sha256:abc"),
  imagePullPolicy: fc.constantFrom("Always", "IfNotPresent"),
  command: fc.constant(["serve"]),
  args: fc.array(word, { maxLength: 2 }),
  http: endpoint({ path: fc.constant("/healthz") }),
  grpc: endpoint({ service: word }),
  ports: fc.uniqueArray(fc.record({ containerPort: port, name: word }, { requiredKeys: ["containerPort"] }), {
    selector: ({ containerPort }) => containerPort,
    maxLength: 2,
  }),
  configs: fc.uniqueArray(word, { maxLength: 2 }),
  secrets: fc.uniqueArray(word, { maxLength: 2 }),
  env: fc.uniqueArray(environmentVariable, { selector: ({ name }) => name, maxLength: 3 }),
  livenessProbe: probe,
  readinessProbe: probe,
  lifecycle: fc.record({ preStop: fc.record({ exec: fc.record({ command: fc.constant(["sleep", "1"]) }) }) }),
  securityContext: partial({
    runAsUser: fc.constantFrom(0, 1000),
    privileged: boolean,
    readOnlyRootFilesystem: boolean,
    capabilities: partial({ add: fc.constant(["NET_BIND_SERVICE"]), drop: fc.constant(["ALL"]) }),
  }),
};

const containers = fc.uniqueArray(
  fc.record({ name: word, ...containerFields, resources }, { requiredKeys: ["name", "image", "resources"] }),
  { selector: ({ name }) => name, minLength: 1, maxLength: 3 },
);

const initContainers = fc.uniqueArray(
  fc.record(
    { name: fc.constantFrom("migrate", "proxy"), image: word, restartPolicy: fc.constant("Always") },
    { requiredKeys: ["name", "image"] },
  ),
  { selector: ({ name }) => name, maxLength: 2 },
);

const hardening = fc.dictionary(fc.constantFrom(...Object.keys(noHardening)), boolean, { maxKeys: 4 });

const monitoring = partial({
  datadog: boolean,
  prometheus: partial({
    path: fc.constant("/metrics"),
    port: fc.oneof(port, fc.constant("http")),
    interval: duration,
    via: fc.constantFrom("PodMonitor", "ServiceMonitor", "annotations"),
    labels,
  }),
});

export const common = {
  partOf: word,
  standardLabels: boolean,
  pod: partial({ labels, annotations: labels }),
  hardening,
  monitoring,
  serviceAccount: partial({ create: boolean, name: word, annotations: labels, automountServiceAccountToken: boolean }),
  serviceAccountName: word,
  reload: boolean,
  containers,
  initContainers,
  volumes: fc.uniqueArray(
    fc.oneof(
      fc.record({ name: word, configMap: fc.record({ name: word }) }),
      fc.record({ name: word, secret: fc.record({ secretName: word }) }),
      fc.record({ name: word, emptyDir: fc.constant({}) }),
    ),
    { selector: ({ name }) => name, maxLength: 2 },
  ),
  securityContext: partial({ runAsUser: fc.constantFrom(0, 1000), fsGroup: fc.constant(1000) }),
  terminationGracePeriodSeconds: fc.integer({ min: 0, max: 60 }),
  nodeSelector: labels,
};

export const amount = fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.constant("50"));
const scaling = fc.record(
  {
    max: fc.integer({ min: 1, max: 20 }),
    min: fc.integer({ min: 0, max: 5 }),
    idle: fc.constant(0),
    engine: fc.constantFrom("keda", "hpa"),
    cpu: fc.integer({ min: 1, max: 100 }),
    memory: fc.integer({ min: 1, max: 100 }),
    pubsub: fc.array(
      fc.record(
        { subscription: word, size: amount, maxAge: duration, throughput: amount, authentication: word },
        { requiredKeys: ["subscription"] },
      ),
      { maxLength: 2 },
    ),
    rabbitmq: fc.array(
      fc.record(
        { queue: word, size: amount, rate: amount, hostFromEnv: word, protocol: fc.constantFrom("amqp", "http") },
        { requiredKeys: ["queue"] },
      ),
      { maxLength: 2 },
    ),
    kafka: fc.array(fc.record({ topic: word, consumerGroup: word, bootstrapServers: word, lag: amount }), {
      maxLength: 1,
    }),
    prometheus: fc.array(fc.record({ serverAddress: word, query: word, threshold: amount }), { maxLength: 1 }),
    cron: fc.array(
      fc.record({
        start: fc.constant("0 8 * * *"),
        end: fc.constant("0 20 * * *"),
        replicas: fc.integer({ min: 0, max: 9 }),
      }),
      { maxLength: 1 },
    ),
    triggers: fc.array(fc.record({ type: fc.constant("redis"), metadata: labels }), { maxLength: 1 }),
    pollingInterval: fc.integer({ min: 1, max: 60 }),
    triggerAuthentications: fc.array(
      fc.record({ name: word, spec: fc.constant({ podIdentity: { provider: "gcp" } }) }),
      { maxLength: 1 },
    ),
  },
  { requiredKeys: ["max"] },
);

const analysis = partial({
  datadog: fc.record(
    { operation: fc.constant("http.request"), errorRPM: amount, p95latency: duration },
    { requiredKeys: ["operation"] },
  ),
  prometheus: fc.record({ address: word, query: word, successCondition: fc.constant("result[0] < 1") }),
  web: fc.record({ url: fc.constant("http://x"), successCondition: fc.constant("result") }),
  startingStep: fc.integer({ min: 0, max: 3 }),
});

const rollout = partial({
  steps: fc.array(partial({ weight: fc.integer({ min: 0, max: 100 }), pause: fc.oneof(duration, boolean) }), {
    maxLength: 3,
  }),
  strategy: fc.oneof(
    fc.constant({ blueGreen: { previewService: "orders-preview" } }),
    fc.constant({ canary: { steps: [{ setWeight: 5 }] } }),
  ),
  trafficRouter: fc.constantFrom("none", "traefik", "istio", "gateway"),
  analysis,
});

const service = partial({
  enabled: boolean,
  name: word,
  labels,
  annotations: labels,
  type: fc.constantFrom("ClusterIP", "NodePort", "LoadBalancer"),
  clusterIP: fc.constant("None"),
  ports: fc.uniqueArray(fc.record({ name: word, port, targetPort: fc.oneof(port, word) }), {
    selector: (one) => one.port,
    minLength: 1,
    maxLength: 2,
  }),
});

/** Specs of Apps that the schema accepts; what they say may contradict itself, which gives findings. */
export const appSpecs: Arbitrary<AppSpec> = partial({
  ...common,
  workload: fc.constantFrom("Deployment", "StatefulSet", "DaemonSet", "Rollout"),
  replicas: fc.integer({ min: 0, max: 5 }),
  scaling,
  rollout,
  service,
  services: fc.array(service, { maxLength: 1 }),
  disruptionBudget: partial({
    enabled: boolean,
    minAvailable: fc.constantFrom(1, "50%"),
    maxUnavailable: fc.constantFrom(0, 1),
  }),
  selector: fc.record({ matchLabels: labels }),
  serviceName: fc.constantFrom("", "orders-peers"),
  minReadySeconds: fc.integer({ min: 0, max: 30 }),
  progressDeadlineSeconds: fc.integer({ min: 60, max: 600 }),
  volumeClaimTemplates: fc.constant([
    {
      metadata: { name: "claim" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    },
  ]),
});

/** Specs of Tasks that the schema accepts. */
export const taskSpecs: Arbitrary<TaskSpec> = partial({
  ...common,
  schedule: fc.constantFrom("0 3 * * *", "@daily", "never"),
  manual: boolean,
  uniqueName: boolean,
  restartPolicy: fc.constantFrom("OnFailure", "Never"),
  timeZone: fc.constantFrom("Europe/Berlin", "Mars/Olympus"),
  backoffLimit: fc.integer({ min: 0, max: 5 }),
  concurrencyPolicy: fc.constantFrom("Allow", "Forbid", "Replace"),
  suspend: boolean,
  ttlSecondsAfterFinished: fc.integer({ min: 0, max: 600 }),
  activeDeadlineSeconds: fc.integer({ min: 1, max: 600 }),
  podActiveDeadlineSeconds: fc.integer({ min: 1, max: 600 }),
  podFailurePolicy: fc.constant({
    rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
  }),
});

/** Settings of an Environment. */
export const settings: Arbitrary<EnvironmentSpec> = partial({
  labels,
  hardening,
  scaling: partial({ engine: fc.constantFrom("keda", "hpa"), authentication: word }),
  monitoring: partial({ via: fc.constantFrom("PodMonitor", "ServiceMonitor", "annotations"), labels }),
});

/** ConfigMaps and Secrets that workloads may read. */
export const configurations: Arbitrary<KrmObject[]> = fc.uniqueArray(
  fc.record({
    apiVersion: fc.constant("v1"),
    kind: fc.constantFrom("ConfigMap", "Secret"),
    metadata: fc.record({ name: word, namespace: fc.constant("shop") }),
    data: fc.dictionary(word, word, { maxKeys: 2 }),
  }) as Arbitrary<KrmObject>,
  { selector: ({ kind, metadata }) => `${kind}/${metadata.name}`, maxLength: 5 },
);

/** Values that break code which trusts its types. */
const nasty: Arbitrary<JsonValue> = fc.oneof(
  fc.constantFrom<JsonValue>(null, "", "__proto__", -1, 1.5, 1e21, true, [], {}, [null], [[]]),
  fc.constant<JsonValue>({ toString: 1, valueOf: "x", length: 3, constructor: null }),
  fc.constant(JSON.rawJSON("12345678901234567890")),
  fc.jsonValue({ maxDepth: 2 }) as Arbitrary<JsonValue>,
);

/** A spec with up to four of its values replaced by others of any type, at any depth. */
export function spoiled<Spec>(specs: Arbitrary<Spec>): Arbitrary<Spec> {
  const replacements = fc.array(fc.tuple(fc.nat(), nasty), { minLength: 1, maxLength: 4 });
  return fc.tuple(specs, replacements).map(([spec, changes]) => {
    const result: JsonValue = clone(spec as JsonValue);
    for (const [at, value] of changes) replaceAt(result, at, clone(value));
    return result as Spec;
  });
}

function replaceAt(root: JsonValue, at: number, value: JsonValue): void {
  const places: [JsonObject | JsonValue[], string | number][] = [];
  const visit = (node: JsonValue): void => {
    if (Array.isArray(node)) {
      for (const [index, item] of node.entries()) {
        places.push([node, index]);
        visit(item);
      }
    } else if (isObject(node)) {
      for (const key of Object.keys(node)) {
        places.push([node, key]);
        visit(node[key]!);
      }
    }
  };
  visit(root);
  if (places.length === 0) return;
  const [holder, key] = places[at % places.length]!;
  if (Array.isArray(holder)) holder[key as number] = value;
  else setOwn(holder, key as string, value);
}

/** Any JSON at all in the place of a spec. */
export const anything: Arbitrary<JsonValue> = nasty;
