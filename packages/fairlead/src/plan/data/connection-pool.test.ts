import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { valueAt, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { ConnectionPoolSpec } from "../../kinds/connection-pool.ts";
import { container, declare, planApp, worldOf, type Surroundings } from "../../../test/workloads/planning.ts";
import type { Declaration } from "../declaration.ts";
import { connectionPoolPlanner } from "./connection-pool.ts";

const parts = ["HOST", "PORT", "USERNAME", "PASSWORD", "DATABASE"];
const namespace = "shop";

function externalSecret(target: string | undefined, keys: readonly string[], more: JsonObject = {}): KrmObject {
  const data = keys.map((secretKey) => ({
    secretKey,
    remoteRef: { key: "postgres", property: secretKey.toLowerCase() },
  }));
  const spec = { ...(target === undefined ? {} : { target: { name: target } }), data, ...more };
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name: target ?? "nameless", namespace },
    spec,
  };
}
const complete = externalSecret(
  "postgres",
  parts.map((part) => `POSTGRESQL_${part}`),
);
const secret = (name: string, keys: readonly string[], metadata: JsonObject = {}): KrmObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace, ...metadata },
  stringData: Object.fromEntries(keys.map((key) => [key, "x"])),
});

function plan(spec: ConnectionPoolSpec = {}, around: Surroundings = {}) {
  const declaration = declare("ConnectionPool", { connectionSecret: "postgres", ...spec }, { name: "db", ...around });
  const world = worldOf(declaration, { objects: [complete], ...around });
  const { desired, findings } = connectionPoolPlanner.plan(declaration, world);
  const of = (kind: string) => desired.find((object) => object.kind === kind);
  const containers = valueAt(of("Deployment"), ["spec", "template", "spec", "containers"]) as JsonObject[];
  const environment = (containers[0]!["env"] ?? []) as { name: string; value?: string; valueFrom?: JsonObject }[];
  return {
    desired,
    findings,
    codes: findings.map(({ code }) => code),
    of,
    containers,
    key: (name: string) => valueAt(environment.find((one) => one.name === name)?.valueFrom, ["secretKeyRef"]),
    hash: valueAt(of("Deployment"), ["spec", "template", "metadata", "annotations", "fairlead.dev/content-hash"]),
  };
}

describe("the connection Secret", () => {
  test("is found as the target of an ExternalSecret", () => {
    const { codes, key } = plan();
    assert.deepEqual(codes, []);
    assert.deepEqual(key("DB_HOST"), { name: "postgres", key: "POSTGRESQL_HOST" });
  });

  const usual: readonly (readonly [string, readonly string[], string])[] = [
    ["libpq's names", ["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE"], "PGUSER"],
    ["names of CloudNativePG", ["host", "port", "user", "username", "password", "dbname"], "username"],
    ["DB_ names", ["DB_HOST", "DB_PORT", "DB_USER", "DB_PASSWORD", "DB_NAME"], "DB_USER"],
  ];
  for (const [what, keys, user] of usual) {
    test(`has ${what}`, () => {
      const { codes, key } = plan({}, { objects: [secret("postgres", keys)] });
      assert.deepEqual(codes, []);
      assert.deepEqual(key("DB_USER"), { name: "postgres", key: user });
    });
  }

  test("has the keys that are written", () => {
    const keys = { host: "h", port: "p", user: "u", password: "w", database: "d" };
    const { codes, key } = plan({ keys }, { objects: [secret("postgres", Object.values(keys))] });
    assert.deepEqual(codes, []);
    assert.deepEqual(key("DB_PASSWORD"), { name: "postgres", key: "w" });
  });

  test("is found by label or annotation", () => {
    for (const where of ["labels", "annotations"]) {
      const marked = secret(
        "random-x7f",
        parts.map((part) => `POSTGRESQL_${part}`),
        { [where]: { "fairlead.dev/connection-secret": "postgres" } },
      );
      const { codes, key } = plan({}, { objects: [marked] });
      assert.deepEqual(codes, []);
      assert.deepEqual(key("DB_HOST"), { name: "random-x7f", key: "POSTGRESQL_HOST" });
    }
  });

  test("is named like the pool when nobody says otherwise", () => {
    const declaration = declare("ConnectionPool", {} as ConnectionPoolSpec, { name: "postgres" });
    const { findings } = connectionPoolPlanner.plan(declaration, worldOf(declaration, { objects: [complete] }));
    assert.deepEqual(findings, []);
  });

  test("whose keys only the store knows is taken to have the usual ones", () => {
    const { codes, key } = plan(
      {},
      { objects: [externalSecret("postgres", [], { dataFrom: [{ extract: { key: "x" } }] })] },
    );
    assert.deepEqual(codes, []);
    assert.deepEqual(key("DB_NAME"), { name: "postgres", key: "POSTGRESQL_DATABASE" });
  });

  test("made by a template has the template's keys", () => {
    const target = {
      name: "postgres",
      template: { data: Object.fromEntries(parts.map((part) => [`POSTGRES_${part}`, "{{ .x }}"])) },
    };
    const { codes } = plan({}, { objects: [externalSecret("postgres", ["x"], { target })] });
    assert.deepEqual(codes, []);
  });

  test("of another namespace is another Secret", () => {
    const elsewhere = { ...complete, metadata: { ...complete.metadata, namespace: "other" } };
    assert.deepEqual(plan({}, { objects: [elsewhere] }).codes, ["FL400"]);
  });

  test("does not suffer from an ExternalSecret without a target's name, which is named like itself", () => {
    const { codes } = plan({}, { objects: [externalSecret(undefined, ["x"]), complete] });
    assert.deepEqual(codes, []);
    const own = externalSecret(
      undefined,
      parts.map((part) => `POSTGRESQL_${part}`),
    );
    assert.deepEqual(plan({ connectionSecret: "nameless" }, { objects: [own] }).codes, []);
  });
});

describe("findings about the connection Secret", () => {
  test("are only a warning where it is not in the input, and a pool is planned", () => {
    const { findings, of } = plan({}, { objects: [] });
    assert.deepEqual(
      findings.map(({ code, severity }) => [code, severity]),
      [["FL400", "warning"]],
    );
    assert.ok(of("Deployment") !== undefined);
  });

  test("are an error where a similar one is there", () => {
    const { findings } = plan({ connectionSecret: "postgers" });
    assert.deepEqual(
      findings.map(({ code, severity, hint }) => [code, severity, hint]),
      [["FL400", "error", "did you mean postgres?"]],
    );
  });

  test("are the predecessor's error in compat mode", () => {
    const { findings } = plan({ partOf: "shop", connectionSecret: "elsewhere" }, { compat: true, objects: [] });
    assert.equal(findings[0]?.severity, "error");
    assert.match(
      findings[0]!.message,
      /^External secret named elsewhere is not found or ConnectionSecret name doesn't match/,
    );
  });

  test("name the keys that are missing", () => {
    const { findings } = plan(
      {},
      { objects: [externalSecret("postgres", ["POSTGRESQL_HOST", "POSTGRESQL_PORT", "POSTGRESQL_USERNAME"])] },
    );
    assert.deepEqual(
      findings.map(({ code }) => code),
      ["FL401"],
    );
    assert.match(findings[0]!.message, /Required fields are missing: \[POSTGRESQL_PASSWORD POSTGRESQL_DATABASE\]/);
    assert.match(findings[0]!.hint ?? "", /ExternalSecret postgres.*it has POSTGRESQL_HOST/);
  });

  test("name the items that are empty", () => {
    const broken = externalSecret(
      "postgres",
      parts.map((part) => `POSTGRESQL_${part}`),
    );
    const data = (broken["spec"] as { data: JsonObject[] }).data;
    data[1]!["remoteRef"] = { key: "postgres", property: "" };
    data[3]!["remoteRef"] = {};
    const { findings } = plan({}, { objects: [broken] });
    assert.deepEqual(
      findings.map(({ code }) => code),
      ["FL402"],
    );
    assert.match(findings[0]!.message, /is empty: data\[1\]\.remoteRef\.property, data\[3\]\.remoteRef\.key$/);
  });

  test("tell of two that are marked", () => {
    const mark = { labels: { "fairlead.dev/connection-secret": "postgres" } };
    const keys = parts.map((part) => `POSTGRESQL_${part}`);
    assert.deepEqual(plan({}, { objects: [secret("one", keys, mark), secret("two", keys, mark)] }).codes, ["FL406"]);
  });
});

describe("the settings", () => {
  test("are taken as numbers or texts, under each of their names", () => {
    const config = { POOL_SIZE: 100, pool_mode: "transaction", PGBOUNCER_MAX_CLIENT_CONN: "500" };
    const { of, codes } = plan({ config });
    assert.deepEqual(codes, []);
    assert.deepEqual(of("ConfigMap")?.["data"], {
      DEFAULT_POOL_SIZE: "100",
      MAX_CLIENT_CONN: "500",
      POOL_MODE: "transaction",
    });
  });

  test("roll the pods when they change", () => {
    assert.notEqual(plan({ config: { POOL_SIZE: 1 } }).hash, plan({ config: { POOL_SIZE: 2 } }).hash);
    assert.equal(plan({ config: { POOL_SIZE: 1 } }).hash, plan({ config: { pool_size: "1" } }).hash);
  });

  test("need no ConfigMap when there are none", () => {
    const { of, containers } = plan();
    assert.equal(of("ConfigMap"), undefined);
    assert.equal(containers[0]!["envFrom"], undefined);
  });

  test("that are wrong are told", () => {
    const { findings } = plan({
      config: { POL_MODE: "session", DB_HOST: "x", LISTEN_PORT: 1, POOL_SIZE: 1, DEFAULT_POOL_SIZE: 2 },
    });
    assert.deepEqual(
      findings.map(({ code, field }) => [code, field?.at(-1)]),
      [
        ["FL404", "DB_HOST"],
        ["FL404", "LISTEN_PORT"],
        ["FL403", "POL_MODE"],
        ["FL408", "POOL_SIZE"],
      ],
    );
    assert.match(findings[2]!.hint ?? "", /did you mean POOL_MODE\?/);
  });

  test("win over what the pool would choose", () => {
    const { containers } = plan({ config: { AUTH_TYPE: "plain", STATS_USERS: "me" } });
    const names = (containers[0]!["env"] as { name: string }[]).map(({ name }) => name);
    assert.ok(!names.includes("AUTH_TYPE") && !names.includes("STATS_USERS"));
  });
});

describe("the pods of a pool", () => {
  test("may all be drained: a budget of a served version that a single replica does not block", () => {
    for (const replicas of [1, 2]) {
      const budget = plan({ replicas }).of("PodDisruptionBudget");
      assert.equal(budget?.apiVersion, "policy/v1");
      assert.equal(valueAt(budget, ["spec", "maxUnavailable"]), 1);
      assert.equal(valueAt(budget, ["spec", "minAvailable"]), undefined);
    }
  });

  test("are two on different nodes where that is possible", () => {
    const deployment = plan().of("Deployment");
    assert.equal(valueAt(deployment, ["spec", "replicas"]), 2);
    const affinity = valueAt(deployment, ["spec", "template", "spec", "affinity", "podAntiAffinity"]) as JsonObject;
    assert.deepEqual(Object.keys(affinity), ["preferredDuringSchedulingIgnoredDuringExecution"]);
  });

  test("declare their port, and stop without a command", () => {
    const { containers, of } = plan({ port: 5433 });
    assert.deepEqual(containers[0]!["ports"], [{ name: "pgbouncer", containerPort: 5433, protocol: "TCP" }]);
    assert.deepEqual(containers[0]!["lifecycle"], { preStop: { sleep: { seconds: 15 } } });
    assert.equal(valueAt(of("Service"), ["spec", "ports", 0, "port"]), 5433);
    assert.match(JSON.stringify(containers[1]!["args"]), /port=5433/);
  });

  test("run images of a fixed version, or those that are written", () => {
    for (const one of plan().containers) assert.match(String(one["image"]), /:v?\d+\.\d+\.\d+/);
    const { containers } = plan({ image: "a:1", exporter: { image: "b:2" } });
    assert.deepEqual(
      containers.map((one) => one["image"]),
      ["a:1", "b:2"],
    );
  });

  test("write their password to memory only", () => {
    const volumes = valueAt(plan().of("Deployment"), ["spec", "template", "spec", "volumes"]);
    assert.deepEqual(volumes, [{ name: "config", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } }]);
  });

  test("are not watched when that is not wanted", () => {
    const { of, containers } = plan({ exporter: { enabled: false } });
    assert.equal(of("PodMonitor"), undefined);
    assert.equal(containers.length, 1);
  });

  test("of the predecessor keep names, order of variables and images", () => {
    const { desired, containers, of } = plan({ partOf: "shop", config: { POOL_SIZE: 1 } }, { compat: true });
    assert.deepEqual([...new Set(desired.map(({ metadata }) => metadata.name))], ["shop-pgbouncer"]);
    assert.deepEqual(containers[0]!["envFrom"], [
      { configMapRef: { name: "shop-pgbouncer" } },
      { secretRef: { name: "postgres" } },
    ]);
    assert.deepEqual(of("ConfigMap")?.["data"], { POOL_SIZE: "1" });
    assert.deepEqual(valueAt(of("Service"), ["spec", "selector"]), { app: "shop-pgbouncer" });
    assert.deepEqual(valueAt(of("PodMonitor"), ["spec", "podMetricsEndpoints"]), [
      { port: "pgb-metrics", path: "/pgbouncer-metrics", honorLabels: true },
    ]);
    assert.deepEqual(plan({}, { compat: true }).codes, ["FL407"]);
  });
});

describe("an App that names pools", () => {
  const pool = (name: string, spec: ConnectionPoolSpec = {}) =>
    declare("ConnectionPool", { connectionSecret: "postgres", ...spec }, { name }) as unknown as Declaration;
  const app = (more: object = {}, connectionPools = ["db"]) =>
    planApp(
      { containers: [container(more)], connectionPools },
      { objects: [complete], declarations: [pool("db"), pool("reports-db", { port: 7000 })] },
    );
  const environment = (planned: ReturnType<typeof app>) =>
    planned.container["env"] as { name: string; value?: string }[];

  test("gets libpq's variables of the first, and the others' under their names", () => {
    const names = ["PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD"];
    const env = environment(app({}, ["db", "reports-db"]));
    assert.deepEqual(
      env.map(({ name }) => name),
      [...names, ...names.map((name) => `REPORTS_DB_${name}`)],
    );
    assert.deepEqual(
      env.slice(0, 2).map(({ value }) => value),
      ["db", "6432"],
    );
    assert.deepEqual(
      env.slice(5, 7).map(({ value }) => value),
      ["reports-db", "7000"],
    );
    assert.deepEqual(env[4], {
      name: "PGPASSWORD",
      valueFrom: { secretKeyRef: { name: "postgres", key: "POSTGRESQL_PASSWORD" } },
    });
  });

  const bypasses: readonly (readonly [string, object, readonly (string | number)[]])[] = [
    ["in secrets", { secrets: ["other", "postgres"] }, ["spec", "containers", 0, "secrets", 1]],
    ["in envFrom", { envFrom: [{ secretRef: { name: "postgres" } }] }, ["spec", "containers", 0, "envFrom", 0]],
    [
      "by its key",
      { env: [{ name: "X", valueFrom: { secretKeyRef: { name: "postgres", key: "POSTGRESQL_HOST" } } }] },
      ["spec", "containers", 0, "env", 0],
    ],
  ];
  for (const [what, more, field] of bypasses) {
    test(`is told when it reads the database's own address, ${what}`, () => {
      const found = app(more).findings.filter(({ code }) => code === "FL405");
      assert.deepEqual(
        found.map((one) => [one.severity, one.field]),
        [["warning", field]],
      );
    });
  }

  test("may read the password alone", () => {
    const env = [{ name: "X", valueFrom: { secretKeyRef: { name: "postgres", key: "POSTGRESQL_PASSWORD" } } }];
    assert.ok(!app({ env, secrets: ["stripe"] }).codes.includes("FL405"));
  });
});
