import { flag, int, list, object, text, texts, type AdmiralKind } from "./admiral-kind.ts";
import { quotaGroup } from "./quota-group.ts";

const weights = list(
  "Shares of targets.",
  object("The share of one target.", { name: text("The target."), weight: int("Its share.") }),
);

const edgeService = object("The service at the edge.", {
  slowStartConfig: list("How long new endpoints get fewer requests; the mesh reads this.", {
    ...object("For which environments, and how long.", {
      workloadEnvSelectors: texts("The environments."),
      duration: {
        ...text("How long, such as 60s: at least 1ms."),
        "x-kubernetes-validations": [
          { rule: "duration(self) >= duration('1ms')", message: "must be a valid duration greater than 1ms" },
        ],
      },
    }),
    required: ["duration", "workloadEnvSelectors"],
  }),
  dynamicRouting: list(
    "Routing that asks a service where to go.",
    object("One such service.", {
      name: text("Its name."),
      url: text("Where it is asked."),
      cacheKeyAlgorithm: text("How answers are told apart."),
      ttlSec: int("How many seconds an answer is kept."),
      local: flag("Whether it runs beside the caller."),
    }),
  ),
  filters: list(
    "Filters that routes name.",
    object("One filter.", {
      name: text("Its name."),
      options: texts("What it does."),
      retries: object("How often a request is sent again.", {
        attempts: int("How often."),
        perTryTimeout: text("How long each may take."),
      }),
    }),
  ),
  routes: list(
    "Paths at the edge.",
    object("One path.", {
      name: text("Its name."),
      inbound: text("The path as callers write it."),
      outbound: text("The path as the service gets it."),
      filterSelector: text("The filter, by name."),
      workloadEnvSelectors: texts("The environments in which it holds."),
      timeout: int("How many milliseconds a request may take."),
      config: list(
        "Where requests go.",
        object("One choice.", {
          targetGroupSelector: text("The group, by name."),
          targetSelector: text("The target, by name."),
        }),
      ),
    }),
  ),
  targets: list(
    "Where requests can go.",
    object("One target.", {
      name: text("Its name."),
      meshDNS: text("Its name in the mesh."),
      port: int("Its port."),
      socketTimeout: int("How many milliseconds a connection may be silent."),
    }),
  ),
  targetGroups: list(
    "Targets with shares.",
    object("One group.", {
      name: text("Its name."),
      weights,
      appOverrides: list(
        "Other shares for some callers.",
        object("For one caller.", {
          assetAlias: text("The caller's identity."),
          assetID: text("The caller's id."),
          weights,
        }),
      ),
    }),
  ),
});

export const trafficConfig: AdmiralKind = {
  kind: "TrafficConfig",
  plural: "trafficconfigs",
  singular: "trafficconfig",
  shortNames: ["tc"],
  description:
    "The configuration of an edge gateway for one identity. The mesh reads its slow starts; everything else is the gateway's.",
  spec: object("What the edge does for the identity in the object's labels `asset` and `env`.", {
    workloadEnvs: texts("The environments of the identity."),
    // The gateway's own programs add fields: none of them may be dropped.
    edgeService: { ...edgeService, "x-kubernetes-preserve-unknown-fields": true },
    quotaGroup: { ...quotaGroup, "x-kubernetes-preserve-unknown-fields": true },
  }),
  specRequired: false,
  status: {
    message: text("What there is to say."),
    lastAppliedConfigVersion: text("The configuration that is in effect."),
    lastUpdateTime: { type: "string", format: "date-time", description: "When that was." },
    status: flag("Whether it is in effect."),
    disabled: flag("Whether it is turned off."),
    disabledTime: { type: "string", format: "date-time", description: "Since when." },
  },
  columns: [
    { name: "Asset", type: "string", jsonPath: ".metadata.labels.asset" },
    { name: "Env", type: "string", jsonPath: ".metadata.labels.env" },
  ],
  example: {
    apiVersion: "admiral.io/v1alpha1",
    kind: "TrafficConfig",
    metadata: { name: "orders-prd", namespace: "admiral", labels: { asset: "orders", env: "prd" } },
    spec: {
      workloadEnvs: ["prd"],
      edgeService: { slowStartConfig: [{ workloadEnvSelectors: ["prd"], duration: "60s" }] },
    },
  },
};
