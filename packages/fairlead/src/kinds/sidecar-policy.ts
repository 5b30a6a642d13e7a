import type { KindDefinition } from "./define.ts";
import { Duration, ListMap, SetOf, StringEnum, Type, type Static } from "./schema.ts";

const flag = (description: string) => Type.Optional(Type.Boolean({ description }));
const duration = (description: string) => Type.Optional(Duration({ description }));
const count = (description: string, minimum = 1) =>
  Type.Optional(Type.Integer({ minimum, maximum: 2 ** 31 - 1, description }));
const selector = (description: string) => Type.Optional(Type.String({ maxLength: 2048, description }));
const names = (description: string) =>
  Type.Optional(SetOf(Type.String({ minLength: 1, maxLength: 253 }), { description }));
const windows = (description: string) =>
  Type.Optional(SetOf(Type.String({ minLength: 1, maxLength: 253 }), { maxItems: 50, description }));

const effect = (what: string) =>
  Type.Optional(
    StringEnum(["restart", "report", "ignore"], {
      description: `What is done about ${what}. Default: \`restart\`.`,
    }),
  );

const Select = Type.Object(
  {
    skipNamespaces: names("Namespaces in which nothing is restarted. Default: `[kube-system, istio-system]`."),
    namespaceSelector: selector("Labels that a namespace must have, as kubectl writes selectors. Default: all."),
    selector: selector("Labels that a workload must have, as kubectl writes selectors. Default: all."),
    optIn: flag(
      'Only what has the annotation `sidecars.fairlead.dev/restart: "true"`, or lies in a namespace that has it. Default: `false`.',
    ),
    istioNamespaces: names(
      "Namespaces in which control planes lie, besides those that their webhooks name. Default: `[istio-system]`.",
    ),
    identityKey: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 317,
        description:
          "The label or annotation of pod templates that names the identity in the mesh: one identity is never restarted in two clusters at once. Workloads without it are one if their namespace and name are. Default: `identity`.",
      }),
    ),
  },
  { description: "Which workloads are looked after." },
);

const Compare = Type.Object(
  {
    fields: Type.Optional(
      Type.Object(
        {
          added: effect("a proxy that is missing"),
          removed: effect("a proxy that would no longer be injected"),
          image: effect("another image of the proxy"),
          revision: effect("another revision of the control plane"),
          placement: effect("a proxy that is a container instead of a native sidecar, or the reverse"),
          init: effect("another init mode: `istio-init`, or Istio's CNI plugin"),
          env: effect("other variables of the proxy"),
          args: effect("other arguments of the proxy"),
          resources: effect("other requests or limits of the proxy"),
        },
        { description: "What is done about a difference, by field." },
      ),
    ),
    registry: flag(
      "Whether images of one name and tag from different registries differ. Default: `true`; with `compat: fortsa`: `false`.",
    ),
    ignoredEnv: names(
      "Variables of the proxy that are never compared, besides those that name the owner. Default: `[]`.",
    ),
  },
  { description: "When a proxy is outdated." },
);

const Oracle = Type.Object(
  {
    ask: Type.Optional(
      StringEnum(["auto", "injector", "dry-run"], {
        description:
          "Who says what would be injected: the injector itself, the API server by a pod that is created with dryRun=All, or whichever answers. Default: `auto`.",
      }),
    ),
    settle: duration(
      "How long an injector may take to serve a new configuration whose effect cannot be seen otherwise. Default: `10s`.",
    ),
    patience: duration("How long a control plane may take to roll out before it is reported. Default: `10m`."),
    timeout: duration("How long an answer may take. Default: `10s`."),
    concurrency: count("Questions at the same time. Default: `8`."),
  },
  { description: "How it is found out what would be injected." },
);

const Restart = Type.Object(
  {
    mode: Type.Optional(
      StringEnum(["annotate", "evict"], {
        description:
          "A new annotation on the pod template, so that the workload rolls out; or pods are evicted one by one. Default: `annotate`.",
      }),
    ),
    unknownOwners: Type.Optional(
      StringEnum(["report", "evict"], {
        description: "What is done with pods of owners that nobody here knows. Default: `report`.",
      }),
    ),
    dryRun: flag("Everything is found out and reported, nothing is restarted. Default: `false`."),
    cooldown: duration("Between the end of a rollout and the next restart of the same workload. Default: `5m`."),
    delay: duration("Between the beginnings of two restarts. Default: `0s`."),
    deadline: duration("How long a rollout may take before it counts as failed. Default: `15m`."),
    trustOrder: flag(
      "Whether the order that owners annotate counts among namespaces, too, and not only within theirs. Default: `false`.",
    ),
    period: duration("How often everything is looked at again; `0s`: changes alone count. Default: `0s`."),
  },
  { description: "How pods are replaced." },
);

const unlimited = "Default: no limit.";
const Budget = Type.Object(
  {
    fleet: count(
      "Workloads that roll out at the same time in all clusters. Default: `10`; with `compat: fortsa`: no limit.",
    ),
    cluster: count("The same in one cluster. Default: `5`; with `compat: fortsa`: no limit."),
    namespace: count("The same in one namespace. Default: `2`; with `compat: fortsa`: no limit."),
    node: count(`Workloads under way with outdated pods on one node. ${unlimited}`),
    zone: count(`Workloads under way with outdated pods in one zone. ${unlimited}`),
    pods: count(`Pods of one cluster that are replaced at the same time. ${unlimited}`),
    failures: count("Failed workloads that pause everything. Default: `3`."),
    namespaceFailures: count(
      "Failed workloads of one namespace that hold it; more of them count for no other. Default: `2`.",
    ),
    disruptionBudgets: flag(
      "Whether a PodDisruptionBudget that has nothing left holds a workload back. Default: `true`; with `compat: fortsa`: `false`.",
    ),
  },
  { description: "How much may be under way." },
);

const Waves = ListMap(
  Type.Object({
    name: Type.String({ minLength: 1, maxLength: 63, description: "Shown in plans and in the status." }),
    clusters: names("Clusters whose workloads go with it. Default: all."),
    namespaces: names("Namespaces whose workloads go with it. Default: all."),
    namespaceSelector: selector("Labels of namespaces whose workloads go with it. Default: all."),
    selector: selector("Labels of workloads that go with it. Default: all."),
    percent: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, description: "How many of those that it chooses. Default: `100`." }),
    ),
    soak: duration("How long its last rollout is watched before the next wave begins. Default: `0s`."),
  }),
  ["name"],
  {
    maxItems: 50,
    description: "Workloads that go together, wave after wave; what no wave chooses goes last. Default: `[]`.",
  },
);

const byName = (what: string) =>
  Type.Optional(
    ListMap(
      Type.Object({
        name: Type.String({ minLength: 1, maxLength: 253, description: `The ${what}.` }),
        windows: SetOf(Type.String({ minLength: 1, maxLength: 253 }), {
          maxItems: 50,
          description: "When restarts may begin there.",
        }),
      }),
      ["name"],
      { description: `Windows of single ${what}s, besides those of all. Default: \`[]\`.` },
    ),
  );

export const SidecarPolicySpec = Type.Object(
  {
    compat: Type.Optional(
      StringEnum(["fortsa"], {
        description:
          "Whose rules hold where nothing is said: those of the system that Fairlead takes over from. Default: Fairlead's own.",
      }),
    ),
    select: Type.Optional(Select),
    compare: Type.Optional(Compare),
    oracle: Type.Optional(Oracle),
    restart: Type.Optional(Restart),
    budget: Type.Optional(Budget),
    waves: Type.Optional(Waves),
    regions: Type.Optional(
      SetOf(Type.String({ minLength: 1, maxLength: 253 }), {
        description: "Regions in the order in which they go, before all others. Default: by name.",
      }),
    ),
    windows: Type.Optional(
      Type.Object(
        {
          all: windows(
            "When restarts may begin, such as `Sat-Sun 00:00-04:00 Europe/Berlin`; several are alternatives. Default: any time.",
          ),
          clusters: byName("cluster"),
          namespaces: byName("namespace"),
        },
        { description: "Maintenance windows." },
      ),
    ),
  },
  { description: "How the proxies of a fleet are kept current. Everything has a default." },
);
export type SidecarPolicySpec = Static<typeof SidecarPolicySpec>;

export const sidecarPolicy: KindDefinition = {
  kind: "SidecarPolicy",
  plural: "sidecarpolicies",
  description:
    "How sidecars are kept current: what is compared, who is restarted when, and how much at a time. It is optional and renders nothing itself: `fairlead sidecars` reads it.",
  capability: "sidecars",
  spec: SidecarPolicySpec,
  columns: [
    { name: "Mode", type: "string", jsonPath: ".spec.restart.mode" },
    { name: "Ready", type: "string", jsonPath: ".status.conditions[?(@.type=='Ready')].status" },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ],
  example: {
    apiVersion: "fairlead.dev/v1alpha1",
    kind: "SidecarPolicy",
    metadata: { name: "sidecars", namespace: "fairlead-sidecars" },
    spec: {
      budget: { fleet: 6, namespace: 1 },
      waves: [{ name: "canary", namespaceSelector: "stage=canary", soak: "15m" }],
      windows: { all: ["Mon-Fri 09:00-16:00 Europe/Berlin"] },
    },
  },
};
