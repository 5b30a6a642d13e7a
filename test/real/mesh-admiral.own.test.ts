/**
 * The predecessor itself (its newest release) writes a fleet of two clusters; compat mode with the same flags then finds
 * nothing to change but what an upgrade to its HEAD changes, which is a table with reasons (differences.ts).
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import { fairlead } from "../../packages/fairlead/test/support/cli.ts";
import { ensureTool } from "../../scripts/real/ensure-tool.ts";
import { differencesOf, judge, sinceRelease, type Difference, type Known } from "./mesh-admiral/differences.ts";
import { clusterNames, fill, put, remove, startPlanes, type ClusterName, type Planes } from "./mesh-admiral/planes.ts";
import { startPredecessor, untilQuiet, type Predecessor, type Written } from "./mesh-admiral/predecessor.ts";
import { changed, eastCalls, expected, world } from "./mesh-admiral/world.ts";

/** It warms up for one period, goes through everything with each, and removes nothing for two. */
const periodSeconds = 3;
const quietMs = 3 * periodSeconds * 1000;
const flags = [
  `--sync_period=${periodSeconds}s`,
  "--argo_rollouts=true",
  "--hostname_suffix=mesh",
  "--se_ip_prefix=240.1",
  "--enable_san",
  "--san_prefix=mesh.example",
];
/** The release knows no flag for it, and writes no dot at the end of a gateway's name. */
const asRelease = ["--enable_absolute_fqdn=false"];

let planes: Planes;
let predecessor: Predecessor | undefined;

/** The first time, it is built. */
const mostBuildMs = 20 * 60_000;

before(
  async () => {
    await ensureTool("admiral");
    planes = await startPlanes();
    await fill(planes, world);
    predecessor = await startPredecessor(planes, flags);
  },
  { timeout: mostBuildMs },
);
after(async () => {
  await predecessor?.stop();
  await planes?.stop();
});

function hostsIn(written: Written, cluster: ClusterName): string[] {
  return [...written[cluster]]
    .filter(([key]) => key.startsWith("ServiceEntry "))
    .map(([, object]) => String((get(object["spec"], "hosts") as string[])[0]))
    .sort();
}

async function differences() {
  const { stdout, stderr, code } = await fairlead(
    ["mesh", "diff", "-o", "json", "--compat-flags", ...flags, ...asRelease],
    { env: { PATH: "", HOME: "/nonexistent", KUBECONFIG: planes.kubeconfig } },
  );
  assert.equal(code, 1, stderr);
  return differencesOf(stdout);
}

/** Everything that must be there before its rest counts. */
async function rest(isReached: (written: Written) => boolean): Promise<Written> {
  try {
    return await untilQuiet(planes, "the predecessor's rest", isReached, quietMs);
  } catch (error) {
    throw new Error(`its log ends with\n${predecessor!.log().slice(-4000)}`, { cause: error });
  }
}

function spec(written: Written, cluster: ClusterName, key: string): JsonObject {
  return (written[cluster].get(key)?.["spec"] ?? {}) as JsonObject;
}

/** Kind and name of what a table does not know, with the fields. */
const shown = ({ cluster, change, kind, name, path, before: was, after: is }: Difference): string =>
  `${cluster}: ${change} ${kind} ${name} ${path} ${JSON.stringify(was)} → ${JSON.stringify(is)}`;

test("takes a fleet over that the predecessor has written: only what its releases differ in would change", async () => {
  const written = await rest((now) =>
    clusterNames.every((one) => expected[one].every((host) => hostsIn(now, one).includes(host))),
  );
  for (const cluster of clusterNames) assert.deepEqual(hostsIn(written, cluster), expected[cluster]);
  const { differences: found, findings } = await differences();
  const { unknown, unused } = judge(found, sinceRelease);
  assert.deepEqual(unknown.map(shown), []);
  assert.deepEqual(unused, []);
  assert.deepEqual(findings, []);
});

test("follows changes as it does, and removes what it leaves behind", async () => {
  for (const cluster of clusterNames) {
    for (const object of changed[cluster].put) await put(planes.clients[cluster], object);
    for (const object of changed[cluster].gone) await remove(planes.clients[cluster], object);
  }
  const orders = "DestinationRule admiral-sync/stage.orders.mesh-default-dr";
  await rest((now) => {
    const says = (cluster: ClusterName, key: string, text: string): boolean =>
      JSON.stringify(spec(now, cluster, key)).includes(text);
    return (
      says("east", orders, '"us-west-2":20') &&
      says("west", "DestinationRule admiral-sync/stage.prio.mesh-default-dr", '"us-west-2":10') &&
      says("west", "ServiceEntry admiral-sync/stage.pay.mesh-se", '"weight":40') &&
      says("west", "ServiceEntry admiral-sync/stage.web.mesh-se", '"192.0.2.10"') &&
      clusterNames.every((cluster) => !hostsIn(now, cluster).includes("stage.greeting.mesh"))
    );
  });
  await predecessor!.stop();
  predecessor = undefined;
  const { unknown, unused } = judge((await differences()).differences, [...sinceRelease, leftPrefix]);
  assert.deepEqual(unknown.map(shown), []);
  assert.deepEqual(unused, []);

  // It has no code for this one, whether it runs or not.
  await remove(planes.clients.west, eastCalls);
  const later = judge((await differences()).differences, [...sinceRelease, leftPrefix]);
  const served = ["default.lone", "prd.told", "preview.stage.web", "qal.orders", "stage.orders", "stage.web"];
  const stays = new Set([...served, "stage.east.caller", "west.stage.orders"].map((name) => `${name}.mesh`));
  const gone = expected.east.filter(
    (host) => !stays.has(host) && !host.includes("greeting") && !host.startsWith("East"),
  );
  assert.deepEqual(
    later.unknown.map(({ cluster, change, kind, name }) => `${cluster} ${change} ${kind} ${name}`).sort(),
    gone
      .map((host) => host.toLowerCase())
      .flatMap((host) => [`east removed DestinationRule ${host}-default-dr`, `east removed ServiceEntry ${host}-se`])
      .sort(),
  );
});

/** It never looks for names of rules that a policy has no more. */
const leftPrefix: Known = {
  why: "Names of a rule that its policy has no more stay",
  matches: ({ change, name }) => change === "removed" && name.startsWith("east.stage.orders."),
};
