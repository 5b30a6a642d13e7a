/** Sentences of the reference README that are about what is planned; docs/explanation/mesh-readme.md lists all. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import { parseStream } from "@fairlead/krm";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { readMeshConfigSpec } from "../../src/plan/mesh/config/read-mesh-config.ts";
import { readCompatFlags } from "../../src/plan/mesh/config/compat-flags.ts";
import { defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import type { MeshPlan } from "../../src/plan/mesh/model/plan.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import {
  dependency,
  deployment,
  endpointsIn,
  manifest,
  plannedObject,
  registered,
  service,
  specOf,
  world,
  hostsOf,
} from "./world.ts";

const west = registered("west", "uswest-2");
const east = registered("east", "useast-2");
const south = registered("south", "sasouth-1");
const regions = { west: "uswest-2", east: "useast-2", south: "sasouth-1" };

function plan(changes: readonly FleetChange[], identity: string, settings: MeshSettings = defaultSettings): MeshPlan {
  return planKey(world(settings, [...west, ...east, ...south, ...changes]), `identity:${identity}`);
}

const env = (annotations: JsonObject, labels: JsonObject = {}) => ({ template: { annotations, labels } });
const stage = env({ "admiral.io/env": "stage" });

/** The Deployment of the README, word for word, in a Service's company. */
const greeting = parseStream(`
apiVersion: apps/v1
kind: Deployment
metadata:
  name: greeting
  namespace: sample
spec:
  replicas: 1
  selector:
    matchLabels:
      app: greeting
  template:
    metadata:
      annotations:
        admiral.io/env: stage
        sidecar.istio.io/inject: "true"
      labels:
        app: greeting
        identity: greeting
    spec:
      containers:
        - image: nginx
          name: greeting
          ports:
            - containerPort: 80
          volumeMounts:
            - mountPath: /etc/nginx
              name: nginx-conf
              readOnly: true
            - mountPath: /var/log/nginx
              name: log
          resources:
            requests:
              cpu: "10m"
              memory: "50Mi"
            limits:
              cpu: "20m"
              memory: "75Mi"
      volumes:
        - configMap:
            items:
              - key: nginx.conf
                path: nginx.conf
            name: nginx-conf
          name: nginx-conf
        - emptyDir: {}
          name: log
`).documents[0]!.value as JsonObject;

describe("default names", () => {
  test("the README's Deployment is stage.greeting.global", () => {
    const planned = plan(
      [{ kind: "put", cluster: "west", object: greeting }, service("west/sample/greeting", [80])],
      "greeting",
    );
    assert.deepEqual(planned.findings, []);
    assert.deepEqual(hostsOf(planned, "east"), ["stage.greeting.global"]);
  });

  test("the env is that of the annotation admiral.io/env, then the label, then the label env", () => {
    const cases: readonly (readonly [JsonObject, JsonObject, string])[] = [
      [{ "admiral.io/env": "a" }, { "admiral.io/env": "b", env: "c" }, "a"],
      [{}, { "admiral.io/env": "b", env: "c" }, "b"],
      [{}, { env: "c" }, "c"],
    ];
    for (const [annotations, labels, wanted] of cases) {
      const planned = plan(
        [
          deployment("west/sample-prd/greeting", "greeting", env(annotations, labels)),
          service("west/sample-prd/greeting", [80]),
        ],
        "greeting",
      );
      assert.deepEqual(hostsOf(planned, "west"), [`${wanted}.greeting.global`]);
    }
  });

  test("without any of them it is default, whatever the namespace is called", () => {
    const planned = plan(
      [deployment("west/sample-prd/greeting", "greeting"), service("west/sample-prd/greeting", [80])],
      "greeting",
    );
    assert.deepEqual(hostsOf(planned, "west"), ["default.greeting.global"]);
  });

  test("they hold no namespace: one service in namespaces of two names has one name", () => {
    const planned = plan(
      [
        deployment("west/team-a/greeting", "greeting", stage),
        service("west/team-a/greeting", [80]),
        deployment("east/team-b-dr/hello", "greeting", stage),
        service("east/team-b-dr/hello", [80]),
      ],
      "greeting",
    );
    assert.deepEqual(hostsOf(planned, "south"), ["stage.greeting.global"]);
    assert.deepEqual(endpointsIn(planned, "east", "stage.greeting.global"), [
      "hello.team-b-dr.svc.cluster.local http-80=80",
      "lb-west.acme.example. http-80=15443",
    ]);
    assert.deepEqual(planned.findings, []);
  });

  test("they have a virtual address, the same in every cluster, for DNS to answer", () => {
    const planned = plan(
      [deployment("west/sample/greeting", "greeting", stage), service("west/sample/greeting", [80])],
      "greeting",
    );
    const addresses = ["west", "east", "south"].map(
      (cluster) => specOf(planned, cluster, "ServiceEntry stage.greeting.global-se")["addresses"],
    );
    assert.deepEqual(addresses, [["240.0.10.1"], ["240.0.10.1"], ["240.0.10.1"]]);
  });
});

describe("the identifier of a service", () => {
  test("may stand on the Service as a label", () => {
    const planned = plan(
      [
        deployment("west/sample/greeting", "", stage),
        service("west/sample/greeting", [80], { labels: { identity: "hello" } }),
      ],
      "hello",
    );
    assert.deepEqual(hostsOf(planned, "west"), ["stage.hello.global"]);
  });

  test("may be any label: the one that a Dependency names for its own services", () => {
    const named = (label: string, value: string) => env({ "admiral.io/env": "stage" }, { [label]: value });
    const changes = [
      deployment("west/apps/service1", "", named("app-id", "service1")),
      service("west/apps/service1", [80]),
      deployment("east/apps/service2", "", named("app-id", "service2")),
      service("east/apps/service2", [80]),
      deployment("east/apps/legacy", "", named("legacy-name", "service3")),
      service("east/apps/legacy", [80]),
      dependency("service1", ["service2"], { identityLabel: "app-id" }),
      dependency("everything", ["service3"], { identityLabel: "legacy-name" }),
    ];
    assert.deepEqual(hostsOf(plan(changes, "service2"), "west"), ["stage.service2.global"]);
    assert.deepEqual(hostsOf(plan(changes, "service3"), "east"), ["stage.service3.global"]);
  });

  test("may be another label for the whole mesh", () => {
    const { settings } = readMeshConfigSpec({ workloads: { identityKey: "company.example/service" } });
    const labelled = env({ "admiral.io/env": "stage" }, { "company.example/service": "greeting" });
    const changes = [deployment("west/sample/greeting", "", labelled), service("west/sample/greeting", [80])];
    assert.deepEqual(hostsOf(plan(changes, "greeting", settings), "west"), ["stage.greeting.global"]);
  });
});

describe("Dependencies", () => {
  const apps = ["service1", "service2", "service3", "service4"].flatMap((name, index) => {
    const place = `${["west", "east", "east", "east"][index]}/apps/${name}`;
    return [deployment(place, name, stage), service(place, [80])];
  });
  const granular = dependency("service1", ["service2", "service3"]);
  const clustersOf = (changes: readonly FleetChange[], identity: string, settings?: MeshSettings): readonly string[] =>
    plan([...apps, ...changes], identity, settings).clusters.map(({ cluster }) => cluster);

  test("prune: only clusters where a client runs get a name, besides those where it is served", () => {
    assert.deepEqual(clustersOf([granular], "service2"), ["east", "west"]);
    assert.deepEqual(clustersOf([granular], "service3"), ["east", "west"]);
  });

  test("beside a wildcard: what no specific one names goes to all clusters", () => {
    const { settings } = readMeshConfigSpec({ dependencies: { without: "nowhere" } });
    const both = [granular, dependency("*", ["*"])];
    assert.deepEqual(clustersOf([granular], "service4", settings), ["east"]);
    assert.deepEqual(clustersOf(both, "service4", settings), ["east", "home", "south", "west"]);
    assert.deepEqual(clustersOf(both, "service2", settings), ["east", "west"]);
  });
});

const readmePolicy = [
  { dnsPrefix: "default", lbtype: "TOPOLOGY" },
  {
    dnsPrefix: "service1-west",
    lbtype: "FAILOVER",
    target: [
      { region: "uswest-2", weight: 100 },
      { region: "useast-2", weight: 0 },
    ],
  },
  {
    dnsPrefix: "service1-east",
    lbtype: "FAILOVER",
    target: [
      { region: "uswest-2", weight: 0 },
      { region: "useast-2", weight: 100 },
    ],
  },
];

describe("the README's GlobalTrafficPolicy", () => {
  const service1 = (["west", "east"] as const).flatMap((cluster) => [
    deployment(`${cluster}/apps/service1`, "service1", stage),
    service(`${cluster}/apps/service1`, [80]),
  ]);
  const withPolicy = (policy: readonly JsonObject[], metadata: JsonObject = { labels: { identity: "service1" } }) =>
    plan(
      [...service1, manifest("west/apps/gtp-service1", "GlobalTrafficPolicy", { policy: [...policy] }, metadata)],
      "service1",
    );
  const locality = (of: MeshPlan, cluster: string, rule: string): JsonObject => {
    const policy = get(specOf(of, cluster, `DestinationRule ${rule}`), "trafficPolicy");
    const setting = get(get(policy, "loadBalancer"), "localityLbSetting");
    assert.ok(isObject(setting), `${rule} has no locality`);
    return setting;
  };
  /** By real region, what an endpoint's locality is called. */
  const called = (of: MeshPlan, cluster: string, host: string): { [region: string]: string } => {
    const endpoints = specOf(of, cluster, `ServiceEntry ${host}-se`)["endpoints"] as JsonObject[];
    return Object.fromEntries(
      endpoints.map(({ locality: name, labels }) => [
        (labels as JsonObject)["topology.kubernetes.io/region"] as string,
        name as string,
      ]),
    );
  };

  test("makes three names of the service", () => {
    assert.deepEqual(hostsOf(withPolicy(readmePolicy), "south").toSorted(), [
      "service1-east.stage.service1.global",
      "service1-west.stage.service1.global",
      "stage.service1.global",
    ]);
  });

  test("TOPOLOGY: the caller's region before all others", () => {
    const planned = withPolicy(readmePolicy);
    assert.deepEqual(locality(planned, "west", "stage.service1.global-default-dr"), { enabled: true });
    assert.deepEqual(called(planned, "west", "stage.service1.global"), {
      "uswest-2": "uswest-2",
      "useast-2": "useast-2",
    });
  });

  test("FAILOVER: the region of its weight, and the other one only when that is out, from every cluster", () => {
    const planned = withPolicy(readmePolicy);
    for (const [cluster, own] of Object.entries(regions)) {
      for (const [prefix, first, second] of [
        ["service1-west", "uswest-2", "useast-2"],
        ["service1-east", "useast-2", "uswest-2"],
      ] as const) {
        const host = `${prefix}.stage.service1.global`;
        assert.deepEqual(
          called(planned, cluster, host),
          { [first]: own, [second]: "standby" },
          `${host} from ${cluster}`,
        );
      }
    }
  });

  test("a prefix that is default, or the env, overrides the default name", () => {
    const toWest = { lbType: "FAILOVER", target: [{ region: "uswest-2", weight: 100 }] };
    for (const dnsPrefix of ["default", "stage"]) {
      const planned = withPolicy([{ dnsPrefix, ...toWest }]);
      assert.deepEqual(hostsOf(planned, "south"), ["stage.service1.global"]);
      const found = called(planned, "south", "stage.service1.global");
      assert.deepEqual(found, { "uswest-2": regions.south, "useast-2": "standby" }, dnsPrefix);
    }
  });

  test("counts in its own namespace only", () => {
    const elsewhere = manifest(
      "west/others/gtp",
      "GlobalTrafficPolicy",
      { policy: readmePolicy },
      { labels: { identity: "service1" } },
    );
    assert.deepEqual(hostsOf(plan([...service1, elsewhere], "service1"), "south"), ["stage.service1.global"]);
  });
});

describe("the table of policy to workload", () => {
  const rows: readonly (readonly [policy: string | undefined, workload: string | undefined, matches: boolean])[] = [
    [undefined, undefined, true],
    ["service1", "service1", true],
    ["service1", "service2", false],
    ["service1", undefined, false],
    [undefined, "service1", false],
  ];
  for (const [policy, workload, matches] of rows) {
    const whose = policy === undefined ? "without identity" : `of ${policy}`;
    const other = workload === undefined ? "without one" : `of ${workload}`;
    test(`a policy ${whose} ${matches ? "is" : "is not"} for a workload ${other}`, () => {
      const planned = plan(
        [
          deployment("west/apps/one", workload ?? "", stage),
          service("west/apps/one", [80]),
          manifest(
            "west/apps/gtp",
            "GlobalTrafficPolicy",
            { policy: [{ dnsPrefix: "matched", lbType: "TOPOLOGY" }] },
            policy === undefined ? {} : { labels: { identity: policy } },
          ),
        ],
        workload ?? "default",
      );
      const host = `stage.${workload ?? "default"}.global`;
      const known = hostsOf(planned, "west").toSorted();
      assert.deepEqual(known, matches ? [`matched.${host}`, host] : [host]);
    });
  }

  test("by another label where the flag globaltraffic_deployment_label says so", () => {
    for (const flag of ["--globaltraffic_deployment_label", "--admiral_crd_identity_label"]) {
      const { settings } = readCompatFlags([flag, "assetAlias"]);
      assert.equal(settings.discovery.policyIdentityKey, "assetAlias", flag);
    }
  });
});

test("each cluster gets objects that are complete for its own Istio: addresses, not other clusters' API servers", () => {
  const planned = plan(
    [deployment("west/sample/greeting", "greeting", stage), service("west/sample/greeting", [80])],
    "greeting",
  );
  for (const cluster of ["west", "east", "south"]) {
    const { apiVersion } = plannedObject(planned, cluster, "ServiceEntry stage.greeting.global-se");
    assert.equal(apiVersion, "networking.istio.io/v1");
    assert.equal(endpointsIn(planned, cluster, "stage.greeting.global").length, 1);
  }
});
