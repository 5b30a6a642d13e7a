import type { CompareSettings, SidecarSettings } from "./model/settings.ts";

const minute = 60_000;

const restartOnAll: CompareSettings["fields"] = {
  added: "restart",
  removed: "restart",
  image: "restart",
  revision: "restart",
  placement: "restart",
  init: "restart",
  env: "restart",
  args: "restart",
  resources: "restart",
};

/** What holds where nothing is said. */
export const defaultSettings: SidecarSettings = {
  mode: "default",
  select: {
    skipNamespaces: ["kube-system", "istio-system"],
    namespaceSelector: "",
    workloadSelector: "",
    optIn: false,
    istioNamespaces: ["istio-system"],
    identityKey: "identity",
  },
  compare: { fields: restartOnAll, registry: true, ignoredEnv: [] },
  oracle: { ask: "auto", settleMs: 10_000, patienceMs: 10 * minute, timeoutMs: 10_000, concurrency: 8 },
  restart: {
    mode: "annotate",
    unknownOwners: "report",
    dryRun: false,
    cooldownMs: 5 * minute,
    delayMs: 0,
    deadlineMs: 15 * minute,
    periodMs: 0,
    trustOrder: false,
  },
  budget: {
    fleet: 10,
    cluster: 5,
    namespace: 2,
    node: undefined,
    zone: undefined,
    pods: undefined,
    failures: 3,
    namespaceFailures: 2,
    disruptionBudgets: true,
  },
  waves: [],
  regions: [],
  windows: { all: [], clusters: {}, namespaces: {} },
};

/** As the predecessor with its binary's defaults: the image alone counts, and nothing bounds what is under way. */
export const fortsaSettings: SidecarSettings = {
  ...defaultSettings,
  mode: "fortsa",
  compare: {
    ...defaultSettings.compare,
    fields: {
      added: "restart",
      removed: "ignore",
      image: "restart",
      revision: "ignore",
      placement: "ignore",
      init: "ignore",
      env: "ignore",
      args: "ignore",
      resources: "ignore",
    },
    registry: false,
  },
  budget: {
    ...defaultSettings.budget,
    fleet: undefined,
    cluster: undefined,
    namespace: undefined,
    disruptionBudgets: false,
  },
};
