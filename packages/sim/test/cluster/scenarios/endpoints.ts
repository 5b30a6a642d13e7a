import type { Scenario } from "../scenario.ts";
import { neverReady, pod, running, service } from "./parts.ts";

const shows = ["EndpointSlice", "Endpoints"] as const;
const http = { name: "http", port: 80, targetPort: 8080 };
const web = { selector: { app: "web" }, ports: [http] };

export const endpointScenarios: readonly Scenario[] = [
  {
    title: "a slice without endpoints for a Service that selects nothing",
    shows,
    steps: [{ create: service("web", web) }],
  },
  {
    title: "ready and unready pods, and where they run",
    shows,
    steps: [
      { create: service("web", web, { labels: { tier: "front" }, annotations: { note: "x" } }) },
      { create: pod("good") },
      { create: pod("bad", { annotations: neverReady }) },
      { create: pod("other", { labels: { app: "other" } }) },
    ],
  },
  {
    title: "unready pods where the Service publishes them",
    shows,
    steps: [
      { create: service("web", { ...web, publishNotReadyAddresses: true }) },
      { create: pod("bad", { annotations: neverReady }) },
    ],
  },
  {
    title: "a headless Service with host names and without ports",
    shows,
    steps: [
      { create: service("web", { clusterIP: "None", selector: { app: "web" } }) },
      { create: pod("named", { spec: { hostname: "one", subdomain: "web" } }) },
      { create: pod("elsewhere", { spec: { hostname: "two", subdomain: "nope" } }) },
    ],
  },
  {
    title: "named target ports make a group for each number",
    shows,
    steps: [
      {
        create: service("web", {
          selector: { app: "web" },
          ports: [{ port: 80, targetPort: "http", appProtocol: "h2c" }],
        }),
      },
      { create: pod("one", { ports: [{ name: "http", containerPort: 8080 }] }) },
      { create: pod("two", { ports: [{ name: "http", containerPort: 9090 }] }) },
      { create: pod("none") },
    ],
  },
  {
    title: "several ports of several protocols",
    shows,
    steps: [
      {
        create: service("web", {
          selector: { app: "web" },
          ports: [
            { name: "dns-tcp", port: 53, protocol: "TCP" },
            { name: "dns", port: 53, protocol: "UDP", targetPort: 5353 },
          ],
        }),
      },
      { create: pod("one") },
    ],
  },
  {
    title: "labels follow the Service, ports too",
    shows,
    steps: [
      { create: service("web", web, { labels: { a: "1" } }) },
      { create: pod("one") },
      { until: ["Pod", "one", running] },
      { look: true },
      {
        merge: [
          "Service",
          "web",
          { metadata: { labels: { a: null, b: "2" } }, spec: { ports: [{ ...http, targetPort: 9999 }] } },
        ],
      },
    ],
  },
  {
    title: "a slice that somebody deletes comes back; one that somebody changes is put right",
    shows,
    steps: [
      { create: service("web", web) },
      { create: pod("one") },
      { until: ["Pod", "one", running] },
      { settle: true },
      { remove: ["Endpoints", "web"] },
    ],
  },
  {
    title: "endpoints go with their pods, slices with their Service",
    shows,
    steps: [
      { create: service("web", web) },
      { create: pod("one") },
      { create: pod("two") },
      { until: ["Pod", "two", running] },
      { until: ["Pod", "one", running] },
      { settle: true },
      { remove: ["Pod", "one"] },
      { gone: ["Pod", "one"] },
      { look: true },
      { remove: ["Service", "web"] },
    ],
  },
  {
    title: "a pod that no longer matches leaves",
    shows,
    steps: [
      { create: service("web", web) },
      { create: pod("one") },
      { until: ["Pod", "one", running] },
      { settle: true },
      { merge: ["Pod", "one", { metadata: { labels: { app: "gone" } } }] },
    ],
  },
  {
    title: "hints for the same zone",
    shows: ["EndpointSlice"],
    steps: [
      { create: service("web", { ...web, trafficDistribution: "PreferSameZone" }) },
      { create: pod("one", { spec: { nodeName: "node-0" } }) },
      { create: pod("two", { spec: { nodeName: "node-1" } }) },
      { until: ["Pod", "two", running] },
      { settle: true },
      { look: true },
      { merge: ["Service", "web", { spec: { trafficDistribution: null } }] },
    ],
  },
  {
    title: "hints for the same node",
    shows: ["EndpointSlice"],
    steps: [
      { create: service("web", { ...web, trafficDistribution: "PreferSameNode" }) },
      { create: pod("one", { spec: { nodeName: "node-0" } }) },
      { create: pod("two", { spec: { nodeName: "node-2" }, annotations: neverReady }) },
    ],
  },
  {
    title: "nothing for an external name or without a selector",
    shows,
    steps: [
      { create: service("ext", { type: "ExternalName", externalName: "example.com" }) },
      { create: service("bare", { ports: [{ port: 80 }] }) },
      { create: pod("one") },
    ],
  },
  {
    title: "Endpoints made by hand are mirrored, and followed",
    shows,
    steps: [
      { create: service("web", { ports: [{ name: "http", port: 80 }] }) },
      {
        create: {
          apiVersion: "v1",
          kind: "Endpoints",
          metadata: { name: "web", labels: { own: "1" }, annotations: { note: "kept" } },
          subsets: [
            {
              addresses: [{ ip: "192.0.2.1" }, { ip: "192.0.2.2", hostname: "two", nodeName: "node-1" }],
              notReadyAddresses: [{ ip: "192.0.2.3" }],
              ports: [{ name: "http", port: 8080, protocol: "TCP" }],
            },
            { addresses: [{ ip: "2001:db8::1" }], ports: [{ name: "http", port: 8080, protocol: "TCP" }] },
          ],
        },
      },
      { look: true },
      {
        merge: [
          "Endpoints",
          "web",
          { subsets: [{ addresses: [{ ip: "192.0.2.2" }], ports: [{ name: "http", port: 8081, protocol: "TCP" }] }] },
        ],
      },
      { look: true },
      { remove: ["Endpoints", "web"] },
    ],
  },
  {
    title: "Endpoints are not mirrored where a label forbids it or a Service selects",
    shows,
    steps: [
      { create: service("web", { ports: [{ port: 80 }] }) },
      {
        create: {
          apiVersion: "v1",
          kind: "Endpoints",
          metadata: { name: "web", labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
          subsets: [{ addresses: [{ ip: "192.0.2.1" }], ports: [{ port: 8080 }] }],
        },
      },
      {
        create: {
          apiVersion: "v1",
          kind: "Endpoints",
          metadata: { name: "alone" },
          subsets: [{ addresses: [{ ip: "192.0.2.1" }], ports: [{ port: 8080 }] }],
        },
      },
      { look: true },
      { create: service("alone", { ports: [{ port: 80 }] }) },
    ],
  },
];
