/**
 * The predecessor's scenario on a real API server without controllers: 5,000 pods of 1,000 Deployments, the control
 * plane's ConfigMap changes, and the injector, in a process of its own, reads it; how long until every outdated workload
 * is found, by how many questions, at which cost:
 *
 *   node --conditions=@fairlead/source bench/sidecars/scan.ts [--short] [--deployments=200,1000]
 */
import { availableParallelism, loadavg } from "node:os";
import type { JsonObject } from "@fairlead/apimachinery";
import { accessOf, createClient, type Client } from "@fairlead/kube";
import type { KrmObject } from "@fairlead/krm";
import { inject, injectorConfigMap, meshConfigMap, revisionWebhooks } from "@fairlead/sim";
import { startPlane } from "../../scripts/real/plane.ts";
import { each } from "../mesh/fill.ts";
import { buildProgram, startChild, type Child } from "../lib/child.ts";
import { residentCommand } from "./command.ts";
import type { SidecarFigures } from "./controller-child.ts";
import type { InjectorFigures } from "./injector-child.ts";
import {
  configOf,
  deployment,
  deploymentStatus,
  namespaceOf,
  namespaces,
  newPod,
  pod,
  podStatus,
  replicaSet,
  type Scenario,
} from "./scenario.ts";

const isShort = process.argv.includes("--short");
const told = process.argv.find((arg) => arg.startsWith("--deployments="))?.split("=")[1];
const counts = (told ?? (isShort ? "200" : "200,1000")).split(",").map(Number);
const versions = ["1.28.0", "1.29.0", "1.29.1"] as const;
const name = {
  istio: { namespace: "istio-system", name: "istio" },
  sidecar: { namespace: "istio-system", name: "istio-sidecar-injector" },
};

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const say = (...cells: readonly string[]): void => void process.stdout.write(`| ${cells.join(" | ")} |\n`);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function create(client: Client, object: KrmObject, status?: JsonObject): Promise<KrmObject> {
  const resource = await client.discovery.resource(object);
  const made = await client.create(resource, object);
  if (status === undefined) return made;
  return client.update(resource, { ...made, status } as KrmObject, { subresource: "status" });
}

async function fill(client: Client, scenario: Scenario): Promise<void> {
  const config = configOf(scenario.version);
  for (const one of namespaces(scenario)) await create(client, one);
  const indexes = Array.from({ length: scenario.deployments }, (_, index) => index);
  await each(indexes, async (index) => {
    const owner = await create(client, deployment(scenario, index), deploymentStatus(scenario, 1));
    const set = await create(client, replicaSet(scenario, index, String(owner.metadata["uid"])));
    const injected = inject(newPod(scenario, index), { config, revision: "", namespace: namespaceOf(index) });
    if (injected.kind !== "injected") throw new Error("a pod is not injected");
    for (let at = 0; at < scenario.podsEach; at++) {
      await create(client, pod(scenario, index, at, String(set.metadata["uid"]), injected.pod), podStatus);
    }
  });
}

async function until<Figures>(
  child: Child<Figures>,
  what: string,
  everyMs: number,
  condition: (figures: Figures) => boolean,
) {
  const end = performance.now() + 300_000;
  for (;;) {
    const figures = await child.figures();
    if (condition(figures)) return figures;
    if (performance.now() > end) throw new Error(`waited in vain for ${what}: ${JSON.stringify(figures)}`);
    await pause(everyMs);
  }
}

async function run(deployments: number): Promise<void> {
  const scenario: Scenario = { deployments, podsEach: 5, version: versions[0] };
  const plane = await startPlane({ apiServerFlags: ["--disable-admission-plugins=ServiceAccount"] });
  const { url, token, certificate } = plane;
  const client = createClient(accessOf({ name: "east", server: url, ca: certificate, token }));
  const injector = startChild<InjectorFigures>(injectorProgram, { url, token, certificate, tags: versions });
  try {
    await create(client, { apiVersion: "v1", kind: "Namespace", metadata: { name: "istio-system" } });
    await create(client, injectorConfigMap({ version: versions[0] }) as KrmObject);
    await create(client, meshConfigMap({ version: versions[0] }) as KrmObject);
    await fill(client, scenario);
    const serving = await until(injector, "the injector", 50, ({ tag }) => tag === versions[0]);
    const hooks = revisionWebhooks({
      version: versions[0],
      authority: serving.authority,
      client: { kind: "url", url: serving.url },
    });
    await create(client, hooks as KrmObject);
    process.stdout.write(`\n${deployments * 5} pods of ${deployments} Deployments, kube-apiserver\n\n`);
    say("", "figure", "limit", "the predecessor");
    say("---", "---", "---", "---");
    const peer = deployments === 1000;
    const controller = startChild<SidecarFigures>(program, { url, token, certificate });
    const started = await until(
      controller,
      "the first view",
      150,
      ({ idle, decided }) => idle && decided >= deployments,
    );
    say(
      "start, nothing outdated: until everything is decided",
      seconds(performance.now() - controller.startedAt),
      "",
      peer ? "11.9 s" : "",
    );
    const { calls: first } = await injector.figures();
    say("injector calls", String(first), `≤ ${deployments + 2}`, peer ? "5,000" : "1,000");
    say("processor time", seconds(started.cpuMs), "", peer ? "7.1 s" : "1.6 s");

    for (const version of versions.slice(1)) {
      const asked = await injector.figures();
      const { cpuMs } = await controller.figures();
      const next = injectorConfigMap({ version });
      const resource = await client.discovery.resource({ apiVersion: "v1", kind: "ConfigMap" });
      const found = await client.get(resource, name.sidecar);
      await client.update(resource, { ...found, data: next["data"] } as KrmObject);
      // The controller makes all its rows anew when it is looked at: not before most questions are put.
      await until(injector, `questions about ${version}`, 20, ({ calls }) => calls - asked.calls >= 0.95 * deployments);
      const after = await until(
        controller,
        `all outdated by ${version}`,
        20,
        ({ outdated, target }) => outdated >= deployments && target === version,
      );
      const foundAt = Date.now();
      const { servedAt, calls, cpuMs: injectorMs } = await injector.figures();
      say(
        `injector serves ${version}: until all outdated are found`,
        seconds(foundAt - servedAt),
        "2 s",
        peer ? "21.5 s" : "12.6 s",
      );
      say("injector calls", String(calls - asked.calls), `≤ ${deployments + 1}`, peer ? "5,000" : "1,000");
      say("processor time", seconds(after.cpuMs - cpuMs), "", peer ? "7.1 s" : "1.4 s");
      say("processor time of the injector", seconds(injectorMs - asked.cpuMs), "", "");
      const [load = 0] = loadavg();
      say(`load of the machine, ${availableParallelism()} processors`, load.toFixed(1), "", "");
    }
    const before = await until(controller, "rest", 150, ({ idle }) => idle);
    const { calls } = await injector.figures();
    await pause(isShort ? 15_000 : 120_000);
    const rest = await controller.figures();
    say(
      `at rest, ${isShort ? 15 : 120} s: requests besides watches`,
      String(rest.requests - before.requests),
      "0",
      "0",
    );
    say(
      "at rest: injector calls (probes that verify end after 6 minutes)",
      String((await injector.figures()).calls - calls),
      "",
      "0",
    );
    say("at rest: processor time", seconds(rest.cpuMs - before.cpuMs), "", "0.05 s in 20 s");
    say(
      "resident memory",
      `${(rest.rss / 2 ** 20).toFixed(0)} MiB, peak ${(rest.peakRss / 2 ** 20).toFixed(0)} MiB`,
      "120 MB",
      peer ? "411 MiB" : "135 MiB",
    );
    say("heap in use", `${(rest.heap / 2 ** 20).toFixed(0)} MiB`, "", "");
    await controller.stop();
    const { now, most } = await residentCommand(plane, deployments, isShort ? 15_000 : 120_000);
    say(
      "`fairlead run sidecars` itself, started anew",
      `${(now / 2 ** 20).toFixed(0)} MiB, peak ${(most / 2 ** 20).toFixed(0)} MiB`,
      "120 MB",
      "",
    );
  } finally {
    await injector.stop();
    await client.close();
    await plane.stop();
  }
}

const program = await buildProgram("bench/sidecars/controller-child.ts");
const injectorProgram = await buildProgram("bench/sidecars/injector-child.ts");
try {
  for (const count of counts) await run(count);
} finally {
  program.remove();
  injectorProgram.remove();
}
