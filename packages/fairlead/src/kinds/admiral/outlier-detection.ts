import {
  alias,
  identityColumn,
  object,
  outlierFields,
  selector,
  syncedStatus,
  type AdmiralKind,
} from "./admiral-kind.ts";

const config = object("When an endpoint is taken out.", { ...outlierFields() });

export const outlierDetection: AdmiralKind = {
  kind: "OutlierDetection",
  plural: "outlierdetections",
  singular: "outlierdetection",
  shortNames: ["od", "ods"],
  description: "When an endpoint of an identity is taken out; it counts before what a GlobalTrafficPolicy says.",
  spec: object("For which identity, and when.", {
    outlier_config: config,
    outlierConfig: alias(config, "outlier_config"),
    selector,
  }),
  specRequired: true,
  status: syncedStatus,
  columns: [
    identityColumn,
    { name: "Errors", type: "integer", jsonPath: ".spec.outlier_config.consecutive_gateway_errors" },
  ],
  example: {
    apiVersion: "admiral.io/v1alpha1",
    kind: "OutlierDetection",
    metadata: { name: "orders", namespace: "shop", labels: { identity: "orders" } },
    spec: { outlier_config: { base_ejection_time: 60, consecutive_gateway_errors: 10, interval: 10 } },
  },
};
