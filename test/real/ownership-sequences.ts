import fc from "fast-check";
import { clone, isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/** One request to an object that may or may not be there. */
export type Step =
  | { readonly kind: "apply"; readonly manager: string; readonly force: boolean; readonly object: JsonObject }
  | { readonly kind: "apply-status"; readonly manager: string; readonly object: JsonObject }
  /** Edits of what is stored, sent back whole. */
  | { readonly kind: "update"; readonly manager: string; readonly edits: readonly Edit[] }
  | { readonly kind: "update-status"; readonly manager: string; readonly object: JsonObject };

/** Picks a place of the object by a fraction of all places, and does something to it that keeps its type. */
export interface Edit {
  readonly place: number;
  readonly what: "change" | "remove" | "reverse";
}

type Part = readonly [path: readonly string[], values: readonly JsonValue[]];

export interface Subject {
  readonly name: string;
  readonly base: JsonObject;
  /** What an applier may say, each part with one of its values or not at all. */
  readonly parts: readonly Part[];
  readonly status?: readonly JsonValue[];
}

const crd: JsonObject = {
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

export const ownedCrd = crd;

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

function put(object: JsonObject, [first, ...rest]: readonly string[], value: JsonValue): void {
  if (rest.length === 0) return setOwn(object, first!, clone(value));
  const child = object[first!];
  const next = isObject(child) ? child : {};
  object[first!] = next;
  put(next, rest, value);
}

function configurations({ base, parts }: Subject): fc.Arbitrary<JsonObject> {
  const choices = parts.map(([path, values]) =>
    fc.option(
      fc.constantFrom(...values).map((value) => [path, value] as const),
      { nil: undefined, freq: 2 },
    ),
  );
  return fc.tuple(...choices).map((chosen) => {
    const object = clone(base);
    for (const one of chosen) if (one !== undefined) put(object, one[0], one[1]);
    return object;
  });
}

export function sequences(subject: Subject): fc.Arbitrary<readonly Step[]> {
  const manager = fc.constantFrom("a", "b", "c");
  const edit: fc.Arbitrary<Edit> = fc.record({
    place: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    what: fc.constantFrom("change", "change", "remove", "reverse"),
  });
  const apply = fc.record({
    kind: fc.constant("apply" as const),
    manager,
    force: fc.boolean(),
    object: configurations(subject),
  });
  const update = fc.record({
    kind: fc.constant("update" as const),
    manager,
    edits: fc.array(edit, { minLength: 1, maxLength: 3 }),
  });
  const { status } = subject;
  if (status === undefined) return fc.array(fc.oneof(apply, apply, update), { minLength: 3, maxLength: 8 });
  const { apiVersion, kind } = subject.base;
  const objects = fc
    .constantFrom(...status)
    .map((value): JsonObject => ({ apiVersion: apiVersion!, kind: kind!, metadata: {}, status: value }));
  const applyStatus = fc.record({ kind: fc.constant("apply-status" as const), manager, object: objects });
  const updateStatus = fc.record({ kind: fc.constant("update-status" as const), manager, object: objects });
  return fc.array(fc.oneof(apply, apply, apply, update, update, applyStatus, updateStatus), {
    minLength: 3,
    maxLength: 8,
  });
}

const fixed =
  /^(apiVersion|kind|metadata|metadata\.(name|namespace|uid|resourceVersion|managedFields.*|creationTimestamp|generation)|status.*)$/;

/** Does the edits to a copy, below what identifies the object. */
export function edited(object: JsonObject, edits: readonly Edit[]): JsonObject {
  const copy = clone(object);
  for (const { place, what } of edits) {
    const places = [...placesOf(copy, "")].filter(({ name }) => !fixed.test(name));
    const found = places[Math.floor(place * places.length)];
    if (found === undefined) continue;
    const { parent, key, value } = found;
    if (what === "remove") {
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete parent[key];
    } else if (Array.isArray(value)) {
      if (what === "reverse") value.reverse();
    } else if (typeof value === "string") setValue(parent, key, `${value}x`);
    else if (typeof value === "number") setValue(parent, key, value + 1);
    else if (typeof value === "boolean") setValue(parent, key, !value);
    else if (isObject(value)) value["added"] = "x";
  }
  return copy;
}

function setValue(parent: JsonObject | JsonValue[], key: string, value: JsonValue): void {
  if (Array.isArray(parent)) parent[Number(key)] = value;
  else parent[key] = value;
}

interface Place {
  readonly name: string;
  readonly parent: JsonObject | JsonValue[];
  readonly key: string;
  readonly value: JsonValue;
}

function* placesOf(value: JsonObject | JsonValue[], name: string): Generator<Place> {
  for (const key of Object.keys(value)) {
    const child = (value as JsonObject)[key]!;
    const path = name === "" ? key : `${name}.${key}`;
    if (path === "metadata.managedFields") continue;
    yield { name: path, parent: value, key, value: child };
    if (isObject(child) || Array.isArray(child)) yield* placesOf(child, path);
  }
}
