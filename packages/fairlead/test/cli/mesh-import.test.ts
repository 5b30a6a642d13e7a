/** Meshes of others: the predecessor's objects, exports and imports of Services. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { basic, fleetFile, inFleet, orders, workload, type Files } from "../support/fleet-folder.ts";

const generated = "mesh.generated.yaml";

describe("mesh migrate", () => {
  const flags = ["--compat-flags", "--hostname_suffix", "mesh", "--workload_identity_key", "identity"];

  test("begins with nothing to change where the predecessor's objects stand, and goes on with addresses as they are", async () => {
    await inFleet(basic, async ({ run, read }) => {
      // What the predecessor left, as its mode writes it.
      await run("mesh", "apply", "-f", "fleet", ...flags);
      const [, address] = /addresses:\n +- (240\.\S+)/.exec(read(`tokyo/${generated}`))!;
      const first = await run("mesh", "migrate", "-f", "fleet", ...flags);
      assert.equal(first.code, 0, first.output);
      assert.match(
        first.stdout,
        /^\d+ objects stay as they are, 0 would change\n---\n[^]*kind: MeshConfig\n[^]*compat: admiral\n/,
      );
      const second = await run("mesh", "migrate", "--to", "default", "--out", "mesh.yaml", "-f", "fleet", ...flags);
      assert.equal(second.code, 1, second.stderr);
      assert.match(second.stdout, /^~ ServiceEntry admiral-sync\/prd\.orders\.mesh-se$/m);
      assert.doesNotMatch(second.stdout, /^[-+] (?:ServiceEntry|DestinationRule) admiral-sync/m);
      const after = await run("mesh", "plan", "-f", "fleet", "--config", "mesh.yaml");
      assert.equal(after.code, 0, after.stderr);
      assert.match(after.stdout, new RegExp(`addresses:\\n +- ${address!.replaceAll(".", "\\.")}\\n`));
    });
  });

  test("says what is not as the predecessor would write it", async () => {
    await inFleet(basic, async ({ run }) => {
      const { code, stdout, stderr } = await run("mesh", "migrate", "-f", "fleet");
      assert.equal(code, 1);
      assert.match(stderr, /warning FL850: \d+ objects are not as the predecessor would write them/);
      assert.match(stdout, /^0 objects stay as they are, \d+ would change$/m);
    });
  });
});

describe("mesh import", () => {
  const mcs = (kind: string, name: string, namespace: string): string =>
    `apiVersion: multicluster.x-k8s.io/v1alpha1\nkind: ${kind}\nmetadata: { name: ${name}, namespace: ${namespace} }\n`;
  const files: Files = {
    "fleet.yaml": fleetFile,
    "paris/orders.yaml": orders.replace("identity: orders, ", ""),
    "paris/exports.yaml": mcs("ServiceExport", "orders", "shop"),
    "tokyo/cart.yaml": workload("cart", "shop"),
    "tokyo/imports.yaml": mcs("ServiceImport", "orders", "shop"),
  };

  test("makes identities of exports, and Dependencies of imports", async () => {
    await inFleet(files, async ({ run }) => {
      const { code, stdout } = await run("mesh", "import", "-f", "fleet");
      assert.equal(code, 0);
      assert.match(
        stdout,
        /^---\n# cluster: paris\napiVersion: v1\nkind: Service\n[^]*labels:\n {4}identity: orders\.shop\n---\n# cluster: tokyo\n/,
      );
      assert.match(stdout, /kind: Dependency\n[^]*source: cart\n[^]*- orders\.shop\n$/);
    });
  });

  test("into the fleet itself gives the names, and gives the same once more", async () => {
    await inFleet(files, async ({ run, read }) => {
      assert.equal((await run("mesh", "import", "-f", "fleet", "--out", "fleet")).code, 0);
      const written = read("paris/mesh.imported.yaml");
      assert.match(
        (await run("mesh", "status", "-f", "fleet")).stdout,
        /^prd\.orders\.shop\.global +paris:shop\/orders/m,
      );
      await run("mesh", "import", "-f", "fleet", "--out", "fleet");
      assert.equal(read("paris/mesh.imported.yaml"), written);
    });
  });

  test("says that an export has a name already, unless exports make none", async () => {
    await inFleet(files, async ({ run, write }) => {
      const second =
        /info FL859: cluster paris: Service shop\/orders is orders\.shop\.svc\.clusterset\.local already: the identity orders\.shop is a second name/;
      assert.match((await run("mesh", "import", "-f", "fleet")).stderr, second);
      const config =
        'apiVersion: fairlead.dev/v1alpha1\nkind: MeshConfig\nmetadata: { name: mesh }\nspec: { names: { clusterSet: "" }, workloads: { identityKey: app.id } }\n';
      write({ "paris/config.yaml": config });
      const { stdout, stderr } = await run("mesh", "import", "-f", "fleet");
      assert.doesNotMatch(stderr, /FL859/);
      assert.match(stdout, /labels:\n {4}app\.id: orders\.shop\n/, "and the label is that of the settings");
    });
  });

  test("says where an export is of no Service", async () => {
    await inFleet({ ...files, "paris/more.yaml": mcs("ServiceExport", "gone", "shop") }, async ({ run }) => {
      const { code, stderr } = await run("mesh", "import", "-f", "fleet");
      assert.equal(code, 0);
      assert.match(
        stderr,
        /^fleet\/paris\/more\.yaml:1:1: warning FL851: cluster paris: there is no Service shop\/gone/m,
      );
    });
  });
});
