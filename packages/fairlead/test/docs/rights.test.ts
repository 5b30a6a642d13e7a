import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { test } from "node:test";
import { get, type JsonValue } from "@fairlead/apimachinery";
import { groupOf, parseStream, type KrmObject } from "@fairlead/krm";
import { groupKindOfLookup } from "../../src/run/workloads/kinds.ts";
import { fairlead } from "../support/cli.ts";
import { exampleFolders, read, root } from "./support/repository.ts";

const readOnly = ["get", "list", "watch"];
const all = [...readOnly, "create", "patch", "delete"];

const clusterRole = parseStream(read("deploy/workloads/rbac.yaml")).documents.find(
  ({ value }) => get(value, "kind") === "ClusterRole",
)?.value;

function isAllowed(group: string, resource: string, verb: string): boolean {
  const rules = get(clusterRole, "rules") as readonly JsonValue[];
  const has = (rule: JsonValue, field: string, wanted: string) => {
    const values = get(rule, field) as readonly string[];
    return values.includes(wanted) || values.includes("*");
  };
  return rules.some(
    (rule) => has(rule, "apiGroups", group) && has(rule, "resources", resource) && has(rule, "verbs", verb),
  );
}

/** Right for all kinds that planners write. */
function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  return lower.endsWith("y") ? `${lower.slice(0, -1)}ies` : lower.endsWith("s") ? `${lower}es` : `${lower}s`;
}

async function generated(): Promise<KrmObject[]> {
  const texts = globSync("packages/**/testdata/**/*.expected.yaml", { cwd: root }).sort().map(read);
  for (const folder of exampleFolders()) {
    texts.push((await fairlead(["render", "-f", folder, "-o", "yaml", "--quiet"], { cwd: root })).stdout);
  }
  const objects = texts.flatMap((text) =>
    parseStream(text).documents.map(({ value }) => value as unknown as KrmObject),
  );
  return objects.filter(({ metadata }) => get(metadata?.annotations, "fairlead.dev/owner") !== undefined);
}

test("deploy/workloads lets the controller write whatever a declaration becomes", async () => {
  const objects = await generated();
  const kinds = new Map(
    objects.map(({ apiVersion, kind }) => [`${groupOf(apiVersion)}/${kind}`, { apiVersion, kind }]),
  );
  assert.ok(kinds.size >= 20, [...kinds.keys()].join(" "));
  const refused = [...kinds.values()].flatMap(({ apiVersion, kind }) => {
    const group = groupOf(apiVersion);
    return all.filter((verb) => !isAllowed(group, pluralOf(kind), verb)).map((verb) => `${verb} ${kind}.${group}`);
  });
  assert.deepEqual(refused, []);
});

test("… and read whatever a declaration refers to", () => {
  const table = read("packages/fairlead/src/run/workloads/kinds.ts").matchAll(/^  ([A-Z]\w+): "/gm);
  const lookups = [...table].map(([, kind = ""]) => groupKindOfLookup(kind) ?? kind);
  assert.ok(lookups.length > 10);
  const refused = lookups.flatMap((lookup) => {
    const [kind = "", ...group] = lookup.split(".");
    return readOnly
      .filter((verb) => !isAllowed(group.join("."), pluralOf(kind), verb))
      .map((verb) => `${verb} ${lookup}`);
  });
  assert.deepEqual(refused, []);
});

test("… and nothing else: no other groups, no rights over rights, pods or nodes", () => {
  for (const resource of ["pods", "nodes", "namespaces", "persistentvolumeclaims"]) {
    assert.ok(!isAllowed("", resource, "get"), resource);
  }
  assert.ok(!isAllowed("rbac.authorization.k8s.io", "clusterroles", "get"));
  assert.ok(!isAllowed("fairlead.dev", "apps", "delete"));
});
