/**
 * Scenarios of what keeps a cluster: endpoints, garbage, volumes, quotas, budgets, autoscalers, taints, scheduling. With
 * kube-controller-manager, kube-scheduler and nodes that kwok plays they lead to the objects and Events that
 * `packages/sim/test/cluster/recorded` has, which the embedded cluster is held to without it. UPDATE_SCENARIOS=1 writes
 * these files; SCENARIO=TEXT runs what has the text in its group or title.
 */
import assert from "node:assert/strict";
import { after, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "@fairlead/apimachinery";
import { readRecorded, writeRecorded } from "../../packages/sim/test/cluster/recorded.ts";
import { type KindName, kinds, type Plane, runScenario } from "../../packages/sim/test/cluster/scenario.ts";
import { alone, groups } from "../../packages/sim/test/cluster/scenarios/all.ts";
import { lookAt, type Look } from "../../packages/sim/test/cluster/summary.ts";
import { readAccess } from "../../scripts/real/access.ts";
import { type ApiRequest, request } from "../../scripts/real/request.ts";
import { until } from "../../scripts/real/until.ts";

const { plane } = readAccess();
const updates = process.env["UPDATE_SCENARIOS"] === "1";
const only = process.env["SCENARIO"] ?? "";

async function send(wanted: ApiRequest): Promise<JsonObject | undefined> {
  const { status, text } = await request(plane, wanted);
  if (status === 404) return undefined;
  assert.ok(status < 300, `${wanted.method ?? "GET"} ${wanted.path}: ${text}`);
  return JSON.parse(text) as JsonObject;
}

function realPlane(namespace: string): Plane {
  const at = (kind: KindName, name = ""): string => {
    const { root, plural, namespaced } = kinds[kind];
    return `/${root}/${namespaced ? `namespaces/${namespace}/` : ""}${plural}${name === "" ? "" : `/${name}`}`;
  };
  const list = async (kind: KindName): Promise<readonly JsonObject[]> =>
    ((await send({ path: at(kind) }))?.["items"] ?? []) as JsonObject[];
  const versions = async (): Promise<string> => {
    const all = Object.entries(kinds).filter(([, { namespaced }]) => namespaced);
    const lists = await Promise.all(all.map(([kind]) => list(kind as KindName)));
    return JSON.stringify(lists.flat().map(({ metadata }) => (metadata as JsonObject)["resourceVersion"]!));
  };
  return {
    namespace,
    async create(object) {
      await send({ method: "POST", path: at(object["kind"] as KindName), body: JSON.stringify(object) });
    },
    async patch(kind, name, patch, subresource) {
      const contentType = "application/merge-patch+json";
      const path = `${at(kind, name)}${subresource === undefined ? "" : `/${subresource}`}`;
      await send({ method: "PATCH", path, body: JSON.stringify(patch), contentType });
    },
    async remove(kind, name, propagation) {
      const body = JSON.stringify(propagation === undefined ? {} : { propagationPolicy: propagation });
      await send({ method: "DELETE", path: at(kind, name), body });
    },
    list,
    until: async (what, condition) => void (await until(what, condition, 120_000)),
    pass: (seconds) => sleep(seconds * 1000),
    async settle() {
      let before = await versions();
      for (let quiet = 0; quiet < 7; quiet++) {
        await sleep(500);
        const now = await versions();
        if (now !== before) quiet = -1;
        before = now;
      }
    },
  };
}

const made = new Map<string, Map<string, readonly Look[]>>();

function testsOf(names: readonly string[]): void {
  for (const group of names) {
    for (const [index, scenario] of groups[group]!.entries()) {
      if (!`${group} ${scenario.title}`.includes(only)) continue;
      test(`${group}: ${scenario.title}`, { timeout: 300_000 }, async () => {
        const namespace = `sim-${group}-${index}-x`;
        await send({
          method: "POST",
          path: "/api/v1/namespaces",
          body: JSON.stringify({ metadata: { name: namespace } }),
        });
        const own = `/api/v1/namespaces/${namespace}`;
        await until("the service account", () => send({ path: `${own}/serviceaccounts/default` }));
        await until("its CA", () => send({ path: `${own}/configmaps/kube-root-ca.crt` }));
        const looks: Look[] = [];
        const real = realPlane(namespace);
        await runScenario(scenario, real, async () => void looks.push(await lookAt(real, scenario)));
        await send({ method: "DELETE", path: own });
        made.set(group, (made.get(group) ?? new Map<string, readonly Look[]>()).set(scenario.title, looks));
        if (!updates) assert.deepEqual(looks, readRecorded(group).get(scenario.title));
      });
    }
  }
}

suite("beside each other", { concurrency: 8 }, () => testsOf(Object.keys(groups).filter((one) => !alone.has(one))));
suite("one after the other", () => testsOf([...alone]));

function writeRecords(): void {
  for (const [group, looks] of made) {
    const titles = groups[group]!.map(({ title }) => title);
    writeRecorded(group, titles, new Map([...readRecorded(group), ...looks]));
  }
}

if (updates) after(writeRecords);
