import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { get } from "@fairlead/apimachinery";
import { parseStream, type KrmObject } from "@fairlead/krm";
import { homeAccess, remoteAccess } from "../../src/plan/mesh/config/access.ts";
import { admiralSettings, defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import { fairlead } from "../support/cli.ts";
import { basic, inFleet } from "../support/fleet-folder.ts";

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const objectsOf = (text: string): unknown[] => parseStream(text).documents.map(({ value }) => value);

describe("mesh clusters rbac", () => {
  test("prints what the controller needs in the home cluster, and in a member", async () => {
    const home = await fairlead(["mesh", "clusters", "rbac"]);
    assert.deepEqual([home.code, home.stderr], [0, ""]);
    assert.deepEqual(objectsOf(home.stdout), plain(homeAccess(defaultSettings)));
    const member = await fairlead(["mesh", "clusters", "rbac", "--for", "member", "--compat", "admiral"]);
    assert.deepEqual(objectsOf(member.stdout), plain(remoteAccess(admiralSettings)));
  });

  test("lets the account of a member restart workloads only where it keeps proxies current", async () => {
    const plainly = await fairlead(["mesh", "clusters", "rbac", "--for", "member"]);
    assert.doesNotMatch(plainly.stdout, /- pods$/m);
    const { stdout } = await fairlead(["mesh", "clusters", "rbac", "--for", "member", "--sidecars"]);
    const more = objectsOf(stdout).slice(objectsOf(plainly.stdout).length) as KrmObject[];
    assert.deepEqual(
      more.slice(0, 2).map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      ["ClusterRole fairlead-mesh-sidecars", "ClusterRoleBinding fairlead-mesh-sidecars"],
    );
    const rules = more[0]!["rules"] as { resources: string[]; verbs: string[] }[];
    const writing = rules.filter(({ verbs }) => !verbs.every((verb) => ["get", "list", "watch"].includes(verb)));
    const written = writing.flatMap(({ resources }) => resources).sort();
    assert.deepEqual(written, ["daemonsets", "deployments", "events", "rollouts", "statefulsets"]);
    assert.deepEqual(more[1]!["subjects"], [
      { kind: "ServiceAccount", name: "fairlead-mesh", namespace: "fairlead-mesh" },
    ]);
  });

  test("follows a MeshConfig, and the predecessor's flags", async () => {
    const config =
      "apiVersion: fairlead.dev/v1alpha1\nkind: MeshConfig\nmetadata: { name: mesh }\nspec: { authorization: { enabled: true }, syncNamespace: sync }\n";
    await inFleet({ "mesh.yaml": config }, async ({ run }) => {
      const { stdout, code } = await run("mesh", "clusters", "rbac", "--for", "member", "--config", "fleet/mesh.yaml");
      assert.equal(code, 0);
      assert.match(stdout, /authorizationpolicies/);
      const places = objectsOf(stdout).map((object) => get((object as KrmObject).metadata, "namespace"));
      assert.ok(places.includes("sync"), places.join());
    });
    const flags = await fairlead(["mesh", "clusters", "rbac", "--compat-flags", "--sync_namespace", "theirs"]);
    assert.match(flags.stdout, /namespace: theirs/);
  });

  test("prints nothing for a configuration that is wrong", async () => {
    await inFleet({ "mesh.yaml": "kind: MeshConfig\nspec: { output: paper }\n" }, async ({ run }) => {
      const { stdout, code } = await run("mesh", "clusters", "rbac", "--config", "fleet/mesh.yaml");
      assert.equal(stdout, "");
      assert.notEqual(code, 0);
    });
  });
});

describe("explain route", () => {
  test("takes what configures a mesh as its other commands do", async () => {
    const config =
      "apiVersion: fairlead.dev/v1alpha1\nkind: MeshConfig\nmetadata: { name: mesh }\nspec: { names: { suffix: acme } }\n";
    await inFleet({ ...basic, "../acme.yaml": config }, async ({ run }) => {
      const ask = (host: string, ...more: string[]) =>
        run("explain", "route", "-f", "fleet", "--from", "cart", host, ...more);
      const asked = await ask("http://prd.orders.global/");
      assert.equal(asked.code, 0, asked.stderr + asked.stdout);
      const other = await ask("http://prd.orders.acme/", "--config", "acme.yaml");
      assert.equal(other.code, 0, other.stderr + other.stdout);
      assert.notEqual((await ask("http://prd.orders.acme/")).code, 0, "which is no name by default");
      const flags = await ask("http://prd.orders.acme/", "--compat-flags", "--hostname_suffix", "acme");
      assert.match(flags.stdout, /prd\.orders\.acme/, flags.stderr);
    });
  });
});
