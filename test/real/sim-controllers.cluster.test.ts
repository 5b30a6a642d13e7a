/**
 * Every scenario of the embedded controllers with kube-controller-manager, kube-scheduler and nodes that kwok plays: it
 * leads to the objects and Events that `packages/sim/test/controllers/recorded` has, which the embedded cluster is held
 * to without it. UPDATE_SCENARIOS=1 writes these files; SCENARIO=TEXT runs what has the text in its group or title.
 */
import assert from "node:assert/strict";
import { after, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "@fairlead/apimachinery";
import type { Summary } from "../../packages/sim/test/controllers/scenario/normalize.ts";
import { type KindName, type Plane, runScenario } from "../../packages/sim/test/controllers/scenario/scenario.ts";
import { groups } from "../../packages/sim/test/controllers/scenarios/all.ts";
import { readRecorded, writeRecorded } from "../../packages/sim/test/controllers/scenarios/recorded.ts";
import { readAccess } from "../../scripts/real/access.ts";
import { type ApiRequest, request } from "../../scripts/real/request.ts";
import { until } from "../../scripts/real/until.ts";

const { plane } = readAccess();
const updates = process.env["UPDATE_SCENARIOS"] === "1";
const only = process.env["SCENARIO"] ?? "";

const paths: { readonly [kind in KindName]: readonly [root: string, plural: string] } = {
  Deployment: ["apis/apps/v1", "deployments"],
  ReplicaSet: ["apis/apps/v1", "replicasets"],
  ReplicationController: ["api/v1", "replicationcontrollers"],
  StatefulSet: ["apis/apps/v1", "statefulsets"],
  DaemonSet: ["apis/apps/v1", "daemonsets"],
  ControllerRevision: ["apis/apps/v1", "controllerrevisions"],
  Job: ["apis/batch/v1", "jobs"],
  CronJob: ["apis/batch/v1", "cronjobs"],
  Pod: ["api/v1", "pods"],
  PersistentVolumeClaim: ["api/v1", "persistentvolumeclaims"],
  Event: ["api/v1", "events"],
};

async function send(wanted: ApiRequest): Promise<JsonObject | undefined> {
  const { status, text } = await request(plane, wanted);
  if (status === 404) return undefined;
  assert.ok(status < 300, `${wanted.method ?? "GET"} ${wanted.path}: ${text}`);
  return JSON.parse(text) as JsonObject;
}

function realPlane(namespace: string): Plane {
  const at = (kind: KindName, name = ""): string => {
    const [root, plural] = paths[kind];
    return `/${root}/namespaces/${namespace}/${plural}${name === "" ? "" : `/${name}`}`;
  };
  const list = async (kind: KindName): Promise<readonly JsonObject[]> =>
    ((await send({ path: at(kind) }))?.["items"] ?? []) as JsonObject[];
  const versions = async (): Promise<string> => {
    const lists = await Promise.all((Object.keys(paths) as KindName[]).map(list));
    return lists
      .flat()
      .map(
        ({ metadata }) =>
          `${(metadata as JsonObject)["name"] as string} ${(metadata as JsonObject)["resourceVersion"] as string}`,
      )
      .join();
  };
  return {
    async create(object) {
      await send({ method: "POST", path: at(object["kind"] as KindName), body: JSON.stringify(object) });
    },
    async merge(kind, name, patch) {
      const contentType = "application/merge-patch+json";
      await send({ method: "PATCH", path: at(kind, name), body: JSON.stringify(patch), contentType });
    },
    async remove(kind, name, propagation) {
      const body = JSON.stringify(propagation === undefined ? {} : { propagationPolicy: propagation });
      await send({ method: "DELETE", path: at(kind, name), body });
    },
    get: (kind, name) => send({ path: at(kind, name) }),
    list,
    async until(what, condition, seconds = 60) {
      await until(what, condition, seconds * 1000);
    },
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

const made = new Map<string, Map<string, Summary>>();

suite("controllers", { concurrency: 8 }, () => {
  for (const [group, scenarios] of Object.entries(groups)) {
    for (const [index, scenario] of scenarios.entries()) {
      if (!`${group} ${scenario.title}`.includes(only)) continue;
      test(`${group} ${scenario.title}`, { timeout: 300_000 }, async () => {
        const namespace = `controllers-${group}-${index}-x`;
        const body = JSON.stringify({ metadata: { name: namespace } });
        await send({ method: "POST", path: "/api/v1/namespaces", body });
        await until("the service account", () =>
          send({ path: `/api/v1/namespaces/${namespace}/serviceaccounts/default` }),
        );
        const summary = await runScenario(scenario, realPlane(namespace));
        await send({ method: "DELETE", path: `/api/v1/namespaces/${namespace}` });
        const text = JSON.parse(JSON.stringify(summary).replaceAll(namespace, "scenario")) as Summary;
        made.set(group, (made.get(group) ?? new Map<string, Summary>()).set(scenario.title, text));
        if (updates) return;
        assert.deepEqual(text, readRecorded(group).get(scenario.title));
      });
    }
  }
});

function writeRecords(): void {
  for (const [group, scenarios] of Object.entries(groups)) {
    const summaries = made.get(group);
    if (summaries === undefined) continue;
    const titles = scenarios.map(({ title }) => title);
    writeRecorded(group, titles, new Map([...readRecorded(group), ...summaries]));
  }
}

if (updates) after(writeRecords);
