import type { JsonObject } from "@fairlead/apimachinery";
import { createClient, systemClock } from "@fairlead/kube";
import { definitions } from "../../packages/fairlead/src/cli/cluster/definitions.ts";
import { apiVersion } from "../../packages/fairlead/src/kinds/group.ts";
import { readMeshConfig } from "../../packages/fairlead/src/plan/mesh/config/read-mesh-config.ts";
import { createLog } from "../../packages/fairlead/src/run/log.ts";
import { startMesh, type Mesh } from "../../packages/fairlead/src/run/mesh/mesh.ts";
import { meshDefinitions } from "../../packages/fairlead/test/mesh/definitions.ts";
import { check, type Verdict, type World } from "./expectations.ts";
import { startMember, titleOf, type Member } from "./member.ts";
import { readExample } from "./read-example.ts";
import type { Expectation, Step } from "./scenario.ts";
import { startTraffic } from "./traffic.ts";

/** How long what was done may take to show. */
const patienceMs = 8_000;
const quietMs = 60;

/**
 * Brings up the clusters of a folder, runs the mesh over them, and does what the scenario says. Prints what happens;
 * resolves with whether everything was as expected.
 */
export async function runExample(folder: string, print: (line: string) => void): Promise<boolean> {
  const { clusters, home, shared, scenario } = readExample(folder);
  const config = shared.find((one) => one["kind"] === "MeshConfig");
  const configured = readMeshConfig(config);
  const [mistake] = configured.findings;
  if (mistake !== undefined) throw new Error(`MeshConfig: ${mistake.message}`);
  const ends: (() => Promise<void>)[] = [];
  let failures = 0;
  try {
    const crds = await exampleDefinitions();
    const members = await Promise.all(
      clusters.map(async (one) => {
        const member = await startMember(one, crds);
        ends.push(() => member.stop());
        return member;
      }),
    );
    const homeMember = members.find(({ name }) => name === home)!;
    for (const object of shared) if (object["apiVersion"] !== apiVersion) await homeMember.apply(object);
    const registry = { ...configured.registry, home };
    for (const member of members) {
      if (member !== homeMember) await homeMember.apply(secretOf(member, registry.namespace));
    }
    const mesh = startMesh({
      home: homeMember.client,
      settings: configured.settings,
      registry,
      connect: (access) => createClient(access),
      clock: systemClock,
      random: seeded(1),
      log: createLog({ level: "error" }),
      instance: "example",
    });
    ends.push(() => mesh.stop());
    const traffic = await startTraffic(members, seeded(2));
    ends.push(() => traffic.stop());
    const world: World = { members, mesh, traffic, addresses: new Map() };
    print(scenario.title);
    for (const [index, step] of scenario.steps.entries()) {
      print(`\n${index + 1}. ${step.say.trim()}`);
      await take(step, world, print);
      for (const expectation of step.expect) {
        const { ok, text } = await eventually(expectation, world);
        print(`   ${ok ? "✓" : "✗"} ${text}`);
        if (!ok) failures += 1;
      }
    }
    print(failures === 0 ? "\nEverything is as expected." : `\nNot as expected: ${failures}.`);
    return failures === 0;
  } finally {
    // The last that was started ends first.
    for (const end of ends.toReversed()) await end();
  }
}

async function take(step: Step, world: World, print: (line: string) => void): Promise<void> {
  const { members, mesh, traffic } = world;
  const memberOf = (name: string): Member => {
    const found = members.find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no cluster ${name}`);
    return found;
  };
  for (const [cluster, objects] of Object.entries(step.apply)) {
    for (const object of objects) {
      const title = titleOf(object);
      print(`   ${cluster}: ${memberOf(cluster).objects.has(title) ? "changed" : "new"} ${title}`);
      await memberOf(cluster).apply(object);
    }
  }
  for (const [cluster, titles] of Object.entries(step.remove)) {
    for (const title of titles) {
      print(`   ${cluster}: deleted ${title}`);
      await memberOf(cluster).remove(title);
    }
  }
  await settled(mesh);
  await traffic.update();
  if (step.lose !== undefined) {
    const { regions, clusters } = step.lose;
    const lost = members.filter(({ name, region }) => regions.includes(region) || clusters.includes(name));
    traffic.lose(new Set(lost.map(({ name }) => name)));
    print(`   out: ${lost.map(({ name }) => name).join(", ") || "nothing"}`);
  }
  if (step.wait > 0) {
    traffic.wait(step.wait);
    print(`   ${step.wait} s pass`);
  }
}

/** What was done may take a moment to be seen. */
async function eventually(expectation: Expectation, world: World): Promise<Verdict> {
  // What requests meet is what callers meet: they are sent once, unless it takes time until it is so.
  const until = performance.now() + (expectation.kind === "requests" ? expectation.within * 1_000 : patienceMs);
  for (;;) {
    const verdict = await check(expectation, world);
    if (verdict.ok || verdict.isFinal === true || performance.now() > until) return verdict;
    await pause(20);
    await settled(world.mesh);
    await world.traffic.update();
  }
}

/** Until the mesh has had nothing to do for a moment: what was written has reached it by then. */
async function settled(mesh: Mesh): Promise<void> {
  const until = performance.now() + patienceMs;
  let quietSince: number | undefined;
  while (performance.now() < until) {
    const isQuiet = mesh.isStarted() && mesh.isIdle();
    quietSince = isQuiet ? (quietSince ?? performance.now()) : undefined;
    if (quietSince !== undefined && performance.now() - quietSince >= quietMs) return;
    await pause(5);
  }
  throw new Error(`the mesh does not come to rest: ${mesh.notReady().join("; ")}`);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** The mesh's own kinds as they are, those of Istio and Argo Rollouts as kinds that take anything. */
async function exampleDefinitions(): Promise<readonly JsonObject[]> {
  const own = (await definitions("mesh")) as unknown as readonly JsonObject[];
  return [...own, ...meshDefinitions((group) => group !== "admiral.io"), rolloutDefinition];
}

const rolloutDefinition: JsonObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "rollouts.argoproj.io" },
  spec: {
    group: "argoproj.io",
    scope: "Namespaced",
    names: { kind: "Rollout", plural: "rollouts", singular: "rollout", listKind: "RolloutList" },
    versions: [
      {
        name: "v1alpha1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};

function secretOf({ name, kubeconfig }: Member, namespace: string): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace, labels: { "admiral/sync": "true" } },
    stringData: { [name]: kubeconfig },
  };
}

/** Mulberry32: the same requests go the same way in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
