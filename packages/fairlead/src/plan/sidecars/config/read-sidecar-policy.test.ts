import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { kind } from "../../../kinds/generated/sidecar-policy.ts";
import { defaultSettings, fortsaSettings } from "../presets.ts";
import { chooseSidecarPolicy, readSidecarPolicy, readSidecarSpec } from "./read-sidecar-policy.ts";

const policy = (spec: object) => ({
  apiVersion: "fairlead.dev/v1alpha1",
  kind: "SidecarPolicy",
  metadata: { name: "sidecars", namespace: "fairlead-sidecars" },
  spec: JSON.parse(JSON.stringify(spec)) as { [key: string]: never },
});

test("nothing said is the preset", () => {
  assert.deepEqual(readSidecarPolicy(), { settings: defaultSettings, findings: [] });
  assert.deepEqual(readSidecarPolicy(policy({})), { settings: defaultSettings, findings: [] });
  assert.deepEqual(readSidecarSpec({ compat: "fortsa" }), { settings: fortsaSettings, findings: [] });
});

test("the kind's own example says something, and is right", () => {
  const { settings, findings } = readSidecarPolicy(kind.example as never);
  assert.deepEqual(findings, []);
  assert.notDeepEqual(settings, defaultSettings);
});

test("every field of the policy changes the settings", () => {
  const fields: readonly (readonly [object, (settings: typeof defaultSettings) => unknown, unknown])[] = [
    [{ select: { skipNamespaces: ["a"] } }, (of) => of.select.skipNamespaces, ["a"]],
    [{ select: { namespaceSelector: "a=b" } }, (of) => of.select.namespaceSelector, "a=b"],
    [{ select: { selector: "a!=b" } }, (of) => of.select.workloadSelector, "a!=b"],
    [{ select: { optIn: true } }, (of) => of.select.optIn, true],
    [{ select: { istioNamespaces: ["mesh"] } }, (of) => of.select.istioNamespaces, ["mesh"]],
    [{ select: { identityKey: "team/identity" } }, (of) => of.select.identityKey, "team/identity"],
    [{ compare: { fields: { env: "ignore" } } }, (of) => of.compare.fields.env, "ignore"],
    [{ compare: { registry: false } }, (of) => of.compare.registry, false],
    [{ compare: { ignoredEnv: ["X"] } }, (of) => of.compare.ignoredEnv, ["X"]],
    [{ oracle: { ask: "dry-run" } }, (of) => of.oracle.ask, "dry-run"],
    [{ oracle: { settle: "1500ms" } }, (of) => of.oracle.settleMs, 1500],
    [{ oracle: { patience: "1h" } }, (of) => of.oracle.patienceMs, 3_600_000],
    [{ oracle: { timeout: "3s" } }, (of) => of.oracle.timeoutMs, 3000],
    [{ oracle: { concurrency: 2 } }, (of) => of.oracle.concurrency, 2],
    [{ restart: { mode: "evict" } }, (of) => of.restart.mode, "evict"],
    [{ restart: { unknownOwners: "evict" } }, (of) => of.restart.unknownOwners, "evict"],
    [{ restart: { dryRun: true } }, (of) => of.restart.dryRun, true],
    [{ restart: { cooldown: "1m" } }, (of) => of.restart.cooldownMs, 60_000],
    [{ restart: { delay: "10s" } }, (of) => of.restart.delayMs, 10_000],
    [{ restart: { deadline: "2m" } }, (of) => of.restart.deadlineMs, 120_000],
    [{ restart: { trustOrder: true } }, (of) => of.restart.trustOrder, true],
    [{ restart: { period: "10h" } }, (of) => of.restart.periodMs, 36_000_000],
    [
      { budget: { fleet: 1, cluster: 2, namespace: 3, node: 4, zone: 5, pods: 6, failures: 7, namespaceFailures: 8 } },
      ({ budget: { fleet, cluster, namespace, node, zone, pods, failures, namespaceFailures } }) => [
        fleet,
        cluster,
        namespace,
        node,
        zone,
        pods,
        failures,
        namespaceFailures,
      ],
      [1, 2, 3, 4, 5, 6, 7, 8],
    ],
    [{ budget: { disruptionBudgets: false } }, (of) => of.budget.disruptionBudgets, false],
    [
      { waves: [{ name: "canary", namespaces: ["a"], percent: 5, soak: "10m" }] },
      (of) => of.waves,
      [
        {
          name: "canary",
          clusters: [],
          namespaces: ["a"],
          namespaceSelector: "",
          selector: "",
          percent: 5,
          soakMs: 600_000,
        },
      ],
    ],
    [{ regions: ["eu", "us"] }, (of) => of.regions, ["eu", "us"]],
    [
      {
        windows: {
          all: ["Sat 00:00-04:00"],
          clusters: [{ name: "east", windows: ["Sun 00:00-04:00"] }],
          namespaces: [{ name: "shop", windows: ["01:00-02:00"] }],
        },
      },
      (of) => of.windows,
      { all: ["Sat 00:00-04:00"], clusters: { east: ["Sun 00:00-04:00"] }, namespaces: { shop: ["01:00-02:00"] } },
    ],
  ];
  for (const [spec, of, expected] of fields) {
    const { settings, findings } = readSidecarPolicy(policy(spec));
    assert.deepEqual(findings, [], JSON.stringify(spec));
    assert.deepEqual(of(settings), expected, JSON.stringify(spec));
    assert.notDeepEqual(of(defaultSettings), expected, `${JSON.stringify(spec)} says what is so anyway`);
  }
});

test("what cannot be used is told with its place, and what holds without it holds", () => {
  const wrong: readonly (readonly [object, string])[] = [
    [{ budget: { fleet: 0 } }, "spec.budget.fleet"],
    [{ budget: { fleets: 3 } }, "spec.budget.fleets"],
    [{ restart: { mode: "delete" } }, "spec.restart.mode"],
    [{ restart: { cooldown: "soon" } }, "spec.restart.cooldown"],
    [{ compare: { fields: { image: "warn" } } }, "spec.compare.fields.image"],
    [{ select: { selector: "a in (b" } }, "spec.select.selector"],
    [{ waves: [{ name: "w", namespaceSelector: "=" }] }, "spec.waves.0.namespaceSelector"],
    [{ windows: { all: ["whenever"] } }, "spec.windows.all.0"],
    [{ windows: { clusters: [{ name: "east", windows: ["Sat 25:00-26:00"] }] } }, "spec.windows.clusters.0.windows.0"],
  ];
  for (const [spec, field] of wrong) {
    const { settings, findings } = readSidecarPolicy(policy(spec));
    assert.deepEqual(
      findings.map(({ code, field: at }) => `${code} ${at?.join(".")}`),
      [`${field === "spec.budget.fleets" ? "FL896" : "FL875"} ${field}`],
    );
    assert.equal(settings.budget.fleet, defaultSettings.budget.fleet);
    assert.equal(settings.restart.mode, "annotate");
  }
});

test("of several policies the oldest counts, and the others are told", () => {
  const of = (name: string, creationTimestamp: string) => ({
    ...policy({}),
    metadata: { name, namespace: "x", creationTimestamp },
  });
  const { chosen, findings } = chooseSidecarPolicy([
    of("b", "2026-02-01T00:00:00Z"),
    of("c", "2026-01-01T00:00:00Z"),
    of("a", "2026-01-01T00:00:00Z"),
  ]);
  assert.equal(chosen?.metadata.name, "a");
  assert.deepEqual(
    findings.map(({ code, object }) => `${code} ${object?.name}`),
    ["FL876 c", "FL876 b"],
  );
});

test("anything at all is read without an exception", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const { settings } = readSidecarPolicy(value as never);
      assert.ok(settings.budget.failures >= 1);
    }),
    { numRuns: 300, seed: 7 },
  );
});
