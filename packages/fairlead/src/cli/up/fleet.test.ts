import assert from "node:assert/strict";
import { test } from "node:test";
import { parseResources } from "../../compile/text.ts";
import { readFleetFile } from "../mesh/fleet-file.ts";
import { readFleet, type Fleet, type FleetReading } from "./fleet.ts";

function read(spec: string): FleetReading {
  const head = "apiVersion: fairlead.dev/v1alpha1\nkind: Fleet\nmetadata: {name: two}\nspec:\n";
  const text = `${head}${spec.replace(/^/gm, "  ")}\n`;
  const [document] = parseResources([{ name: "fleet.yaml", text }]).resources;
  return readFleet(document!.value, "fleet.yaml", document!.source.locator());
}

function fleetOf(spec: string): Fleet {
  const reading = read(spec);
  assert.equal(reading.kind, "fleet", JSON.stringify(reading));
  return (reading as Extract<FleetReading, { kind: "fleet" }>).fleet;
}

test("clusters have the Istio of the fleet, or one of their own in its place", () => {
  const { clusters } = fleetOf(`istio: {version: 1.28.0, upgradeTo: 1.29.0}
clusters:
  - {name: us}
  - {name: eu, istio: {version: 1.29.1}}`);
  assert.deepEqual(
    clusters.map(({ istio }) => istio),
    [
      { version: "1.28.0", upgradeTo: "1.29.0" },
      { version: "1.29.1", upgradeTo: undefined },
    ],
  );
  assert.equal(fleetOf("clusters: [{name: us}]").clusters[0]!.istio, undefined);
});

test("what is for the mesh alone is passed over", () => {
  const spec = "home: us\nclusters: [{name: us, gateway: us.example.com, network: n, trustDomain: a, view: current}]";
  assert.deepEqual(
    fleetOf(spec).clusters.map(({ name }) => name),
    ["us"],
  );
});

test("the mesh reads the same file, whatever is installed", () => {
  const spec = { istio: { version: "1.28.0" }, clusters: [{ name: "us", istio: { version: "1.29.0" }, nodes: 2 }] };
  assert.deepEqual(readFleetFile({ spec }, "fleet.yaml"), { clusters: [{ name: "us" }], home: undefined });
});

/** What stands in the spec, whose first line is the fifth; where the finding is, what it says, what it advises. */
const wrong: readonly (readonly [spec: string, place: string, message: RegExp, hint?: RegExp])[] = [
  ["clusters: []", "5:13", /^spec\.clusters: a fleet has clusters, found none$/, /name: paris/],
  ["cluster: [{name: us}]", "5:3", /^spec\.cluster: nobody knows this field$/, /did you mean clusters\?/],
  [
    "clusters:\n  - {name: us, Region: x}",
    "6:18",
    /^spec\.clusters\[0\]\.Region: nobody/,
    /known are name.*istio|did you mean region/,
  ],
  ["clusters:\n  - name: US", "6:13", /^spec\.clusters\[0\]\.name: "US" cannot be a cluster's name: /],
  ["clusters:\n  - name: us\n  - name: us", "7:13", /^spec\.clusters\[1\]\.name: "us" is there twice$/],
  ["clusters: [{name: us, nodes: 0}]", "5:32", /^spec\.clusters\[0\]\.nodes: a number from 1 to 1000 is wanted$/],
  ["clusters: [{name: us, zones: a}]", "5:32", /^spec\.clusters\[0\]\.zones: a list of names is wanted$/],
  ["clusters: [{name: us}]\nistio: 1.28.0", "6:10", /^spec\.istio: an object with a version is wanted$/, /1\.28\.0/],
  ["clusters: [{name: us}]\nistio: {}", "6:10", /^spec\.istio: there is no version$/, /upgradeTo: 1\.29\.0/],
  ["clusters: [{name: us}]\nistio: {version: 1.28}", "6:20", /^spec\.istio\.version: 1\.28 is no version/, /all of it/],
  ["clusters: [{name: us}]\nistio: {version: [1]}", "6:20", /^spec\.istio\.version: \[1\] is no version of Istio$/],
  ["clusters: [{name: us}]\nistio: {version: latest}", "6:20", /"latest" is no version of Istio$/],
  [
    "clusters: [{name: us}]\nistio: {version: 1.28.0, upgradeto: 1.29.0}",
    "6:28",
    /^spec\.istio\.upgradeto: nobody knows this field$/,
    /did you mean upgradeTo\?/,
  ],
  [
    "clusters: [{name: us}]\nistio:\n  version: 1.28.0\n  upgradeTo: 1.28.0",
    "8:16",
    /^spec\.istio\.upgradeTo: 1\.28\.0 is the version that it begins with$/,
    /leave it out/,
  ],
  [
    "clusters:\n  - name: us\n    istio: {version: one}",
    "7:24",
    /^spec\.clusters\[0\]\.istio\.version: "one" is no version of Istio$/,
  ],
  ["folder: other\nclusters: [{name: us}]", "6:3", /^spec\.clusters: it cannot stand beside `folder`/],
  ["folder: 7", "5:11", /^spec\.folder: the path of a folder is wanted$/, /folder: shop/],
];

for (const [spec, place, message, hint] of wrong) {
  test(`${JSON.stringify(spec)} is told with its place`, () => {
    const reading = read(spec);
    assert.equal(reading.kind, "wrong");
    const { finding } = reading as Extract<FleetReading, { kind: "wrong" }>;
    assert.equal(finding.code, "FL780");
    assert.match(finding.message, message);
    assert.equal(`${finding.file} ${finding.line}:${finding.column}`, `fleet.yaml ${place}`);
    if (hint !== undefined) assert.match(finding.hint ?? "", hint);
  });
}
