import type { JsonObject, JsonValue } from "@fairlead/apimachinery";

type Part = readonly [path: readonly string[], values: readonly JsonValue[]];

export interface Subject {
  readonly name: string;
  readonly base: JsonObject;
  /** What an applier may say, each part with one of its values or not at all. */
  readonly parts: readonly Part[];
  readonly status?: readonly JsonValue[];
}

/** Every kind of list and map that a schema can describe. */
export const ownedCrd: JsonObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "owned.test.fairlead.dev" },
  spec: {
    group: "test.fairlead.dev",
    scope: "Namespaced",
    names: { kind: "Owned", plural: "owned" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: {
                  text: { type: "string", nullable: true },
                  number: { type: "integer", default: 3 },
                  tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
                  atoms: { type: "array", items: { type: "string" } },
                  whole: {
                    type: "object",
                    "x-kubernetes-map-type": "atomic",
                    properties: { a: { type: "string" }, b: { type: "string" } },
                  },
                  rows: {
                    type: "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["id", "zone"],
                    items: {
                      type: "object",
                      required: ["id"],
                      properties: {
                        id: { type: "integer" },
                        zone: { type: "string", default: "z" },
                        value: { type: "string" },
                        nested: { type: "object", additionalProperties: { type: "string" } },
                        weight: { type: "integer", default: 1 },
                      },
                    },
                  },
                  free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
                  any: { "x-kubernetes-preserve-unknown-fields": true },
                  map: {
                    type: "object",
                    additionalProperties: { type: "object", properties: { x: { type: "integer" } } },
                  },
                },
              },
              status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            },
          },
        },
      },
    ],
  },
};

const container = (name: string, ...more: JsonObject[]): JsonObject => Object.assign({ name, image: "a:1" }, ...more);

export const subjects: readonly Subject[] = [
  {
    name: "ConfigMap",
    base: { apiVersion: "v1", kind: "ConfigMap", metadata: {} },
    parts: [
      [
        ["data", "a"],
        ["1", "2", null],
      ],
      [
        ["data", "b"],
        ["1", "2"],
      ],
      [["data"], [{}, { c: "3" }]],
      [
        ["metadata", "labels", "x"],
        ["1", "2"],
      ],
      [
        ["metadata", "annotations", "y"],
        ["1", "2", ""],
      ],
      [
        ["metadata", "finalizers"],
        [["a/a"], ["a/b", "a/a"]],
      ],
      [["binaryData", "k"], ["AA=="]],
    ],
  },
  {
    name: "Deployment",
    base: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: {},
      spec: {
        selector: { matchLabels: { app: "a" } },
        template: { metadata: { labels: { app: "a" } }, spec: { containers: [container("main")] } },
      },
    },
    parts: [
      [
        ["spec", "replicas"],
        [1, 2, null],
      ],
      [
        ["spec", "strategy"],
        [{ type: "Recreate" }, { rollingUpdate: { maxSurge: "50%" } }, {}],
      ],
      [
        ["spec", "template", "spec", "containers"],
        [
          [container("main"), container("side")],
          [container("side"), container("main")],
          [container("main", { image: "a:2" })],
          [container("main", { resources: { limits: { cpu: "1000m", memory: "0.5Gi" } } })],
          [container("main", { resources: { limits: { cpu: "1" } } })],
          [container("main", { ports: [{ containerPort: 80 }, { containerPort: 81, name: "m" }] })],
          [container("main", { ports: [{ containerPort: 80, protocol: "UDP" }, { containerPort: 80 }] })],
          [container("main", { env: [{ name: "A", value: "1" }, { name: "B" }], args: ["x"] })],
          [
            container("main", {
              env: [
                { name: "B", value: "2" },
                { name: "A", value: "1" },
              ],
              args: [],
            }),
          ],
          [container("main", { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] })],
          [container("main", { securityContext: {} })],
        ],
      ],
      [
        ["spec", "template", "spec", "volumes"],
        [[{ name: "v", emptyDir: {} }], [{ name: "v", configMap: { name: "c" } }], []],
      ],
      [
        ["spec", "template", "spec", "nodeSelector"],
        [{ a: "b" }, { c: "d" }],
      ],
      [
        ["spec", "template", "spec", "tolerations"],
        [[{ key: "a" }], []],
      ],
      [
        ["spec", "template", "spec", "securityContext"],
        [{}, { runAsUser: 1 }],
      ],
      [
        ["spec", "template", "metadata", "annotations"],
        [{ a: "b" }, {}],
      ],
      [
        ["metadata", "labels"],
        [{ l: "1" }, { m: "2", l: "1" }, null],
      ],
    ],
    status: [
      { replicas: 1 },
      { replicas: 2, conditions: [{ type: "Available", status: "True" }] },
      { conditions: [{ type: "Progressing", status: "True" }] },
    ],
  },
  {
    name: "Service",
    base: { apiVersion: "v1", kind: "Service", metadata: {}, spec: { ports: [{ port: 80 }] } },
    parts: [
      [
        ["spec", "ports"],
        [
          [
            { port: 80, name: "a" },
            { port: 81, name: "b" },
          ],
          [
            { port: 81, name: "b" },
            { port: 80, name: "a" },
          ],
          [{ port: 80, protocol: "UDP" }],
          [{ port: 80, targetPort: "http", appProtocol: "http" }],
        ],
      ],
      [
        ["spec", "selector"],
        [{ a: "b" }, { a: "c" }, {}],
      ],
      [
        ["spec", "externalIPs"],
        [["192.0.2.1"], ["192.0.2.2", "192.0.2.1"]],
      ],
      [["spec", "loadBalancerSourceRanges"], [["10.0.0.0/8"]]],
      [
        ["spec", "publishNotReadyAddresses"],
        [true, false],
      ],
      [
        ["metadata", "annotations", "a"],
        ["1", "2"],
      ],
    ],
    status: [{ loadBalancer: { ingress: [{ ip: "192.0.2.9" }] } }, { loadBalancer: {} }],
  },
  {
    name: "Secret",
    base: { apiVersion: "v1", kind: "Secret", metadata: {} },
    parts: [
      [
        ["stringData", "a"],
        ["x", "y"],
      ],
      [
        ["data", "a"],
        ["eA==", "eQ=="],
      ],
      [
        ["data", "b"],
        ["eA==", null],
      ],
      [["metadata", "labels", "l"], ["1"]],
    ],
  },
  {
    name: "Owned",
    base: { apiVersion: "test.fairlead.dev/v1", kind: "Owned", metadata: {} },
    parts: [
      [["spec"], [{}]],
      [
        ["spec", "text"],
        ["a", "b", null],
      ],
      [
        ["spec", "number"],
        [1, 3, null],
      ],
      [
        ["spec", "tags"],
        [["a"], ["b", "a"], ["c", "a", "b"], []],
      ],
      [
        ["spec", "atoms"],
        [["a"], ["b", "a"], []],
      ],
      [
        ["spec", "whole"],
        [{ a: "1" }, { a: "1", b: "2" }, {}, null],
      ],
      [
        ["spec", "rows"],
        [
          [{ id: 1 }],
          [{ id: 2, value: "v" }, { id: 1 }],
          [
            { id: 1, zone: "y", nested: { a: "1" } },
            { id: 1, nested: { b: "1" } },
          ],
          [
            { id: 1, nested: {} },
            { id: 3, value: "w", weight: 1 },
          ],
          [{ id: 1, nested: { a: "2" }, weight: 2 }],
          [],
        ],
      ],
      [
        ["spec", "free"],
        [{ a: { b: 1 } }, { a: { c: [1, { d: 2 }] } }, {}],
      ],
      [
        ["spec", "any"],
        [1, "text", { a: 1 }, [1], null],
      ],
      [
        ["spec", "map", "k"],
        [{}, { x: 1 }, null],
      ],
      [["spec", "map", "l"], [{ x: 2 }]],
      [
        ["metadata", "labels"],
        [{ l: "1" }, { m: "2" }],
      ],
      [
        ["metadata", "annotations"],
        [{}, { a: "1" }],
      ],
    ],
    status: [{ phase: "a" }, { phase: "b", more: { x: 1 } }, { more: { y: [1] } }],
  },
];
