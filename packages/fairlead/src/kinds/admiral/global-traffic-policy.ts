import {
  alias,
  identityColumn,
  int32,
  list,
  nameOrNumber,
  object,
  outlierFields,
  selector,
  syncedStatus,
  text,
  type AdmiralKind,
} from "./admiral-kind.ts";

const lbType = nameOrNumber(
  "TOPOLOGY (0): callers stay in their region while it can serve. FAILOVER (1): shares and standbys by region, as `target` says.",
);
const outlierDetection = object(
  "When an endpoint is taken out. An OutlierDetection of the identity counts before it.",
  {
    ...outlierFields(),
  },
);

export const globalTrafficPolicy: AdmiralKind = {
  kind: "GlobalTrafficPolicy",
  plural: "globaltrafficpolicies",
  singular: "globaltrafficpolicy",
  shortNames: ["gtp", "gtps"],
  description: "How requests for an identity are spread over regions, and which further names it has for that.",
  spec: object("What holds for each name of the identity.", {
    policy: list(
      "One entry for each name.",
      object("What holds for one name.", {
        dnsPrefix: text(
          "What stands in front of the identity's name; `default`, or the environment, is the name itself.",
        ),
        dns: text("The whole name. Deprecated: write dnsPrefix."),
        lbType,
        lbtype: {
          ...alias(lbType, "lbType"),
          description: "A misspelling of `lbType`, which counts if that is not there.",
        },
        target: list(
          "Shares of regions, of 100 together. A region of weight 0 is a standby.",
          object("The share of one region.", {
            region: text("The region's name, as nodes carry it."),
            weight: int32("Its share in percent; 0: a standby."),
          }),
        ),
        outlier_detection: outlierDetection,
        outlierDetection: alias(outlierDetection, "outlier_detection"),
      }),
    ),
    selector,
  }),
  specRequired: true,
  status: syncedStatus,
  columns: [identityColumn, { name: "Prefixes", type: "string", jsonPath: ".spec.policy[*].dnsPrefix", priority: 1 }],
  example: {
    apiVersion: "admiral.io/v1alpha1",
    kind: "GlobalTrafficPolicy",
    metadata: { name: "orders", namespace: "shop", labels: { identity: "orders" } },
    spec: {
      policy: [
        { dnsPrefix: "default", lbType: "TOPOLOGY" },
        {
          dnsPrefix: "west",
          lbType: "FAILOVER",
          target: [
            { region: "us-west-2", weight: 100 },
            { region: "us-east-2", weight: 0 },
          ],
        },
      ],
    },
  },
};
