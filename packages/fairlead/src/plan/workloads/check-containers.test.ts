import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  appSpec,
  container,
  planApp,
  planTask,
  resources,
  taskSpec,
  type Surroundings,
} from "../../../test/workloads/planning.ts";

interface Case {
  readonly what: string;
  readonly spec: object;
  readonly around?: Surroundings;
  readonly code: string;
  readonly says: RegExp;
  readonly field: readonly (string | number)[];
  readonly hint?: RegExp;
}

const one = (more: object) => ({ containers: [container(more)] });
const two = (first: object, second: object) => ({
  containers: [container(first), container({ name: "second", ...second })],
});

describe("findings about containers", () => {
  const cases: readonly Case[] = [
    {
      what: "there is none",
      spec: { containers: [] },
      code: "FL201",
      says: /no container/,
      field: ["spec", "containers"],
    },
    {
      what: "one without an image",
      spec: one({ image: "" }),
      code: "FL202",
      says: /orders has no image/,
      field: ["spec", "containers", 0, "image"],
    },
    {
      what: "one without resources",
      spec: one({ resources: undefined }),
      code: "FL203",
      says: /orders has no resources/,
      field: ["spec", "containers", 0, "resources"],
      hint: /unlimited/,
    },
    {
      what: "one with empty resources",
      spec: one({ resources: { requests: {} } }),
      code: "FL203",
      says: /resources/,
      field: ["spec", "containers", 0, "resources"],
    },
    {
      what: "a request above its limit",
      spec: one({ resources: { requests: { memory: "1Gi" }, limits: { memory: "512Mi" } } }),
      code: "FL247",
      says: /1Gi of memory.*512Mi/,
      field: ["spec", "containers", 0, "resources", "requests", "memory"],
    },
    {
      what: "two of one name",
      spec: two({}, { name: "orders" }),
      code: "FL204",
      says: /two containers are named orders/,
      field: ["spec", "containers", 1, "name"],
    },
    {
      what: "an init container of a container's name",
      spec: { ...one({}), initContainers: [{ name: "orders", image: "x" }] },
      code: "FL204",
      says: /orders/,
      field: ["spec", "containers", 0, "name"],
    },
    {
      what: "a name that is none",
      spec: two({}, { name: "Second!" }),
      code: "FL204",
      says: /Second!/,
      field: ["spec", "containers", 1, "name"],
    },
    {
      what: "a config listed twice",
      spec: one({ configs: ["a", "b", "a"] }),
      code: "FL224",
      says: /a is listed twice/,
      field: ["spec", "containers", 0, "configs", 2],
    },
    {
      what: "a variable set twice",
      spec: one({
        env: [
          { name: "A", value: "1" },
          { name: "A", value: "2" },
        ],
      }),
      code: "FL224",
      says: /A is listed twice in env/,
      field: ["spec", "containers", 0, "env", 1],
    },
    {
      what: "several, none named like the App",
      spec: two({ name: "order", http: { port: 80 } }, {}),
      code: "FL200",
      says: /order, second/,
      field: ["spec", "containers"],
      hint: /rename order to orders/,
    },
    {
      what: "http and grpc on one port",
      spec: one({ http: { port: 80 }, grpc: { port: 80 } }),
      code: "FL207",
      says: /both on port 80/,
      field: ["spec", "containers", 0, "grpc", "port"],
    },
    {
      what: "two ports of one name",
      spec: one({
        ports: [
          { containerPort: 1, name: "a" },
          { containerPort: 2, name: "a" },
        ],
        service: {},
      }),
      code: "FL207",
      says: /two ports of container orders are named a/,
      field: ["spec", "containers", 0, "ports", 1, "name"],
    },
    {
      what: "a port listed twice",
      spec: { ...one({ ports: [{ containerPort: 1 }, { containerPort: 1 }] }), service: { enabled: false } },
      code: "FL207",
      says: /1\/TCP is listed twice/,
      field: ["spec", "containers", 0, "ports", 1],
    },
    {
      what: "a port listed and served in compat mode, where the predecessor wrote it twice",
      spec: { ...one({ ports: [{ containerPort: 1 }], http: { port: 1 } }), service: { enabled: false } },
      around: { compat: true },
      code: "FL207",
      says: /1\/TCP is listed twice/,
      field: ["spec", "containers", 0, "http"],
    },
    {
      what: "a port in two containers, which share one network",
      spec: two({ ports: [{ containerPort: 1 }] }, { ports: [{ containerPort: 1 }] }),
      code: "FL207",
      says: /orders and second both listen/,
      field: ["spec", "containers", 1, "ports", 0],
    },
    {
      what: "a port number out of range",
      spec: { ...one({ ports: [{ containerPort: 70000 }] }) },
      code: "FL206",
      says: /70000/,
      field: ["spec", "containers", 0, "ports", 0, "containerPort"],
    },
    {
      what: "a port name that is too long",
      spec: one({ ports: [{ containerPort: 1, name: "a-very-long-name" }] }),
      code: "FL205",
      says: /a-very-long-name/,
      field: ["spec", "containers", 0, "ports", 0, "name"],
    },
    {
      what: "a probe of a port that the container lacks",
      spec: one({ ports: [{ containerPort: 1, name: "admin" }], livenessProbe: { httpGet: { port: "admn" } } }),
      code: "FL208",
      says: /livenessProbe.*admn/,
      field: ["spec", "containers", 0, "livenessProbe", "httpGet", "port"],
      hint: /admin/,
    },
    {
      what: "a mount without a volume",
      spec: { ...one({ volumeMounts: [{ name: "dta", mountPath: "/d" }] }), volumes: [{ name: "data", emptyDir: {} }] },
      code: "FL222",
      says: /dta/,
      field: ["spec", "containers", 0, "volumeMounts", 0, "name"],
      hint: /data/,
    },
    {
      what: "a path mounted twice",
      spec: {
        ...one({
          volumeMounts: [
            { name: "a", mountPath: "/d" },
            { name: "a", mountPath: "/d" },
          ],
        }),
        volumes: [{ name: "a", emptyDir: {} }],
      },
      code: "FL223",
      says: /\/d twice/,
      field: ["spec", "containers", 0, "volumeMounts", 1],
    },
    {
      what: "two volumes of one name",
      spec: {
        ...one({}),
        volumes: [
          { name: "a", emptyDir: {} },
          { name: "a", emptyDir: {} },
        ],
      },
      code: "FL223",
      says: /two volumes are named a/,
      field: ["spec", "volumes", 1, "name"],
    },
  ];
  for (const { what, spec, around, code, says, field, hint } of cases) {
    test(what, () => {
      const { findings } = planApp(appSpec(spec), around);
      const found = findings.filter((finding) => finding.code === code);
      assert.equal(found.length, 1, JSON.stringify(findings));
      assert.match(found[0]!.message, says);
      assert.deepEqual(found[0]!.field, field);
      if (hint !== undefined) assert.match(found[0]!.hint ?? "", hint);
    });
  }

  const fine: [what: string, spec: object][] = [
    ["resources that are unlimited on purpose", one({ resources: "unlimited" })],
    ["resources of the pod as a whole", { ...one({ resources: undefined }), resources }],
    ["several containers when nothing is taken from the main one", two({ name: "first" }, {})],
    [
      "several containers when the Service has its own ports",
      { ...two({ name: "first", http: { port: 80 } }, {}), service: { ports: [{ port: 80, targetPort: "http" }] } },
    ],
    ["an init container without resources", { ...one({}), initContainers: [{ name: "init", image: "x" }] }],
    [
      "a mount of a claim",
      {
        ...one({ volumeMounts: [{ name: "data", mountPath: "/d" }] }),
        workload: "StatefulSet",
        volumeClaimTemplates: [{ metadata: { name: "data" }, spec: {} }],
      },
    ],
    [
      "a port of the same number in another protocol",
      one({
        ports: [
          { containerPort: 53, name: "a" },
          { containerPort: 53, name: "b", protocol: "UDP" },
        ],
      }),
    ],
  ];
  for (const [what, spec] of fine) {
    test(`no finding: ${what}`, () => {
      assert.deepEqual(planApp(appSpec(spec)).findings, []);
    });
  }

  test("hold for Tasks as well", () => {
    assert.deepEqual(planTask(taskSpec({ containers: [{ name: "orders" }] })).codes, ["FL202", "FL203"]);
    assert.deepEqual(
      planTask(taskSpec({ containers: [container({ name: "a" }), container({ name: "b" })] })).codes,
      [],
    );
  });
});
