import type { JsonObject } from "@fairlead/apimachinery";

/** Objects that the predecessor's own definitions accept: as its samples, its programs and its README write them. */
export const accepted: readonly (readonly [what: string, kind: string, body: JsonObject])[] = [
  [
    "a policy with the numbers of its enumeration",
    "GlobalTrafficPolicy",
    {
      spec: {
        policy: [
          {
            dns: "default.greeting.global",
            lbType: 1,
            target: [
              { region: "us-west-2", weight: 100 },
              { region: "us-east-2", weight: 0 },
            ],
          },
        ],
      },
    },
  ],
  [
    "a policy with names, as the README has it",
    "GlobalTrafficPolicy",
    { spec: { policy: [{ dnsPrefix: "default", lbtype: "TOPOLOGY" }] } },
  ],
  [
    "a policy with its own outlier detection",
    "GlobalTrafficPolicy",
    {
      spec: {
        policy: [
          {
            dnsPrefix: "west",
            lbType: 0,
            outlier_detection: { base_ejection_time: 180, consecutive_gateway_errors: 100, interval: 60 },
          },
        ],
        selector: { identity: "a", env: "prd" },
      },
    },
  ],
  [
    "numbers that mean nothing",
    "GlobalTrafficPolicy",
    { spec: { policy: [{ lbType: 7, target: [{ region: "", weight: -5 }] }] } },
  ],
  ["the status that its programs send", "GlobalTrafficPolicy", { spec: {}, status: { clustersSynced: 0, state: "" } }],
  ["an empty Dependency", "Dependency", { spec: {}, status: { clustersSynced: 1, state: "ok" } }],
  ["a Dependency", "Dependency", { spec: { source: "a", identityLabel: "identity", destinations: ["b"] } }],
  [
    "an outlier detection",
    "OutlierDetection",
    {
      spec: {
        outlier_config: { base_ejection_time: 180, consecutive_gateway_errors: 100, interval: 60 },
        selector: { identity: "a" },
      },
    },
  ],
  [
    "the enumeration of a connection's upgrade as a number",
    "ClientConnectionConfig",
    {
      spec: {
        connectionPool: {
          http: { h2UpgradePolicy: 2, useClientProtocol: true },
          tcp: { tcpKeepalive: { probes: 3, time: "1s", interval: "1s" } },
        },
        tunnel: { protocol: "CONNECT", targetHost: "h", targetPort: 443 },
      },
    },
  ],
  [
    "a routing policy",
    "RoutingPolicy",
    { spec: { plugin: "greeting", hosts: ["qal.greeting.mesh"], config: { cachettlSec: "86400" } } },
  ],
  [
    "a proxy",
    "DependencyProxy",
    {
      spec: { destination: { identity: "a", dns_prefixes: ["x"], dns_suffix: "xyz" }, proxy: { identity: "gw" } },
      status: { state: "" },
    },
  ],
  ["a traffic configuration without spec", "TrafficConfig", {}],
  [
    "a traffic configuration with what its types have beyond its definition",
    "TrafficConfig",
    {
      spec: {
        workloadEnvs: ["e2e"],
        edgeService: {
          slowStartConfig: [{ workloadEnvSelectors: ["e2e"], duration: "60s" }],
          routes: [
            { name: "all", inbound: "/*", timeout: 5000, config: [{ targetGroupSelector: "g", targetSelector: "t" }] },
          ],
          unheardOf: { a: [1] },
        },
        quotaGroup: {
          totalQuotaGroups: [
            {
              name: "t",
              quotas: [
                {
                  name: "q",
                  maxAmount: 200,
                  methods: ["GET"],
                  headers: [{ name: "n", value: "v", condition: "EQUALS" }],
                  more: 1,
                },
              ],
              adaptiveConcurrency: { enabled: true },
            },
          ],
        },
      },
      status: {
        message: "",
        lastAppliedConfigVersion: "",
        lastUpdateTime: "2026-01-01T00:00:00Z",
        status: true,
        disabled: false,
      },
    },
  ],
];
