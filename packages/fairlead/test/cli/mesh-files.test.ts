/** What the commands of the mesh write into the folder of a fleet, and say of it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import { basic, fleetFile, host, inFleet, service, workload, type Files } from "../support/fleet-folder.ts";

const sidecar = `apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: { name: default, namespace: web, labels: { team: shop } }
spec:
  egress:
    - { port: { number: 3306, protocol: MYSQL, name: db }, hosts: ["./*"] }
    - { hosts: ["./*", "istio-system/*"] }
`;
const dependency = `apiVersion: admiral.io/v1alpha1
kind: Dependency
metadata: { name: cart, namespace: mesh }
spec: { source: cart, identityLabel: identity, destinations: [orders] }
`;
const generated = "mesh.generated.yaml";

describe("mesh apply -f", () => {
  test("writes what is planned, and nothing the second time", async () => {
    await inFleet(basic, async ({ run, read }) => {
      const before = await run("mesh", "diff", "-f", "fleet");
      assert.equal(before.code, 1);
      assert.match(
        before.stdout,
        /^cluster paris\n\+ ConfigMap .*\n(\+ DestinationRule .*\n){2}\+ ServiceEntry .*\ncluster tokyo\n/,
      );
      const first = await run("mesh", "apply", "-f", "fleet");
      assert.deepEqual(
        [first.code, first.stdout],
        [
          0,
          `fleet/paris/${generated}: 4 added, 0 changed, 0 removed\nfleet/tokyo/${generated}: 3 added, 0 changed, 0 removed\n`,
        ],
        first.stderr,
      );
      const written = read(`paris/${generated}`);
      assert.equal((await run("mesh", "apply", "-f", "fleet")).stdout, "nothing to change\n");
      assert.equal(read(`paris/${generated}`), written);
      const after = await run("mesh", "diff", "-f", "fleet");
      assert.deepEqual([after.code, after.stdout], [0, ""]);
    });
  });

  test("puts right what a hand has edited, and says the fields before", async () => {
    await inFleet(basic, async ({ run, read, write }) => {
      await run("mesh", "apply", "-f", "fleet");
      const right = read(`tokyo/${generated}`);
      write({ [`tokyo/${generated}`]: right.replace("consecutiveGatewayErrors: 5", "consecutiveGatewayErrors: 50") });
      const { code, stdout } = await run("mesh", "diff", "-f", "fleet");
      assert.equal(code, 1);
      assert.match(stdout, /^~ DestinationRule .*\n.*consecutiveGatewayErrors\n +- 50\n +\+ 5$/m);
      assert.equal(
        (await run("mesh", "apply", "-f", "fleet")).stdout,
        `fleet/tokyo/${generated}: 0 added, 1 changed, 0 removed\n`,
      );
      assert.equal(read(`tokyo/${generated}`), right);
    });
  });

  test("takes endpoints out with a workload's file, and the file with the last one", async () => {
    await inFleet(basic, async ({ run, read, has, remove }) => {
      await run("mesh", "apply", "-f", "fleet");
      remove("paris/orders.yaml");
      assert.equal((await run("mesh", "apply", "-f", "fleet")).code, 0);
      assert.doesNotMatch(read(`tokyo/${generated}`), /paris\.example\.com/);
      remove("tokyo/orders.yaml");
      const { stdout } = await run("mesh", "apply", "-o", "json", "-f", "fleet");
      const { clusters } = JSON.parse(stdout) as { clusters: { [name: string]: { change: string }[] } };
      assert.deepEqual(
        clusters["tokyo"]!.map(({ change }) => change),
        ["removed", "removed"],
      );
      assert.ok(!has(`tokyo/${generated}`));
      // Addresses outlive their names: nobody else gets them at once.
      assert.match(read(`paris/${generated}`), /^apiVersion: v1\nkind: ConfigMap\n/);
      assert.doesNotMatch(read(`paris/${generated}`), /ServiceEntry/);
    });
  });

  test("writes addresses again that were lost, as they were", async () => {
    await inFleet(basic, async ({ run, read, write }) => {
      await run("mesh", "apply", "-f", "fleet");
      const [store, ...others] = read(`paris/${generated}`).split("---\n");
      write({ [`paris/${generated}`]: others.join("---\n") });
      assert.match((await run("mesh", "diff", "-f", "fleet")).stdout, /^cluster paris\n\+ ConfigMap [^\n]*\n$/);
      await run("mesh", "apply", "-f", "fleet");
      assert.equal(read(`paris/${generated}`).split("---\n")[0], store);
    });
  });

  test("deletes nothing while a cluster is not read", async () => {
    await inFleet(basic, async ({ run, read, write, remove }) => {
      await run("mesh", "apply", "-f", "fleet");
      remove("paris/orders.yaml");
      remove("tokyo/orders.yaml");
      write({
        "fleet.yaml": `${fleetFile}  - { name: oslo, view: unread }\n`,
        "oslo/cart.yaml": workload("cart", "web"),
      });
      const { stdout } = await run("mesh", "diff", "-f", "fleet");
      assert.match(stdout, /ServiceEntry fairlead-mesh\/prd\.orders\.global-se stays: not every cluster could be read/);
      assert.equal((await run("mesh", "apply", "-f", "fleet")).code, 0);
      assert.match(read(`tokyo/${generated}`), /kind: ServiceEntry/);
    });
  });
});

describe("Sidecars of users", () => {
  const files: Files = { ...basic, "tokyo/sidecar.yaml": sidecar, "dependencies.yaml": dependency };

  test("are planned whole, with the hosts that are called in the entry without a port", async () => {
    await inFleet(files, async ({ run }) => {
      const { stdout } = await run("mesh", "plan", "-o", "json", "-f", "fleet");
      const { clusters } = JSON.parse(stdout) as { clusters: { [name: string]: KrmObject[] } };
      const planned = clusters["tokyo"]!.find(({ kind }) => kind === "Sidecar")!;
      assert.deepEqual(planned.metadata, {
        name: "default",
        namespace: "web",
        labels: { team: "shop" },
        annotations: { "fairlead.dev/mesh-hosts": `fairlead-mesh/${host}` },
      });
      assert.deepEqual(planned["spec"], {
        egress: [
          { port: { number: 3306, protocol: "MYSQL", name: "db" }, hosts: ["./*"] },
          { hosts: ["./*", "istio-system/*", `fairlead-mesh/${host}`] },
        ],
      });
    });
  });

  test("stand edited in the generated file, and what their owner wrote stays as it is", async () => {
    await inFleet(files, async ({ run, read, write, remove }) => {
      const { stdout } = await run("mesh", "diff", "-f", "fleet");
      assert.match(stdout, /^~ Sidecar web\/default$/m);
      assert.match((await run("mesh", "apply", "-f", "fleet")).stdout, /tokyo\/.*: 3 added, 1 changed, 0 removed/);
      assert.equal((await run("mesh", "apply", "-f", "fleet")).stdout, "nothing to change\n");
      assert.equal(read("tokyo/sidecar.yaml"), sidecar);
      write({ "tokyo/sidecar.yaml": sidecar.replace("istio-system/*", "monitoring/*") });
      await run("mesh", "apply", "-f", "fleet");
      assert.match(read(`tokyo/${generated}`), /monitoring\/\*\n +- fairlead-mesh\/prd\.orders\.global\n/);
      remove("dependencies.yaml");
      assert.match((await run("mesh", "diff", "-f", "fleet")).stdout, /^~ Sidecar web\/default$/m);
      await run("mesh", "apply", "-f", "fleet");
      assert.doesNotMatch(read(`tokyo/${generated}`), /Sidecar/);
      assert.equal((await run("mesh", "apply", "-f", "fleet")).stdout, "nothing to change\n");
    });
  });

  test("stay where only the generated file has them", async () => {
    await inFleet(files, async ({ run, read, write, remove }) => {
      await run("mesh", "apply", "-f", "fleet");
      remove("tokyo/sidecar.yaml");
      assert.equal((await run("mesh", "apply", "-f", "fleet")).stdout, "nothing to change\n");
      write({ "paris/pay.yaml": workload("pay", "shop") + service("pay", "shop") });
      await run("mesh", "apply", "-f", "fleet");
      assert.match(read(`tokyo/${generated}`), /kind: Sidecar/);
    });
  });
});

describe("DNS for clients without a sidecar", () => {
  test("is planned on request, kept up to date, and taken out again", async () => {
    await inFleet(basic, async ({ run, read, write }) => {
      assert.doesNotMatch((await run("mesh", "plan", "-f", "fleet")).stdout, /mesh-dns/);
      const planned = await run("mesh", "plan", "-f", "fleet", "--dns", "addresses");
      assert.match(
        planned.stdout,
        /name: fairlead-mesh-dns[^]*global:53 \{[^]*hosts \{\n +240\.\S+ prd\.orders\.global\n/,
      );
      await run("mesh", "apply", "-f", "fleet", "--dns", "services");
      assert.match(read(`tokyo/${generated}`), /name exact prd\.orders\.global orders\.shop\.svc\.cluster\.local/);
      write({ "tokyo/pay.yaml": workload("pay", "shop") + service("pay", "shop") });
      assert.match(
        (await run("mesh", "diff", "-f", "fleet")).stdout,
        /^~ ConfigMap fairlead-mesh\/fairlead-mesh-dns$/m,
      );
      await run("mesh", "apply", "-f", "fleet");
      assert.match(read(`tokyo/${generated}`), /name exact prd\.pay\.global pay\.shop/);
      assert.equal((await run("mesh", "apply", "-f", "fleet")).stdout, "nothing to change\n");
      assert.match(
        (await run("mesh", "diff", "-f", "fleet", "--dns", "none")).stdout,
        /^- ConfigMap fairlead-mesh\/fairlead-mesh-dns$/m,
      );
      await run("mesh", "apply", "-f", "fleet", "--dns", "none");
      assert.doesNotMatch(read(`tokyo/${generated}`), /mesh-dns/);
    });
  });

  for (const command of ["apply", "diff"])
    test(`is not for \`mesh ${command}\` of clusters`, async () => {
      await inFleet(basic, async ({ run }) => {
        const { code, stderr } = await run("mesh", command, "--dns", "services");
        assert.equal(code, 1);
        assert.match(stderr, /FL856/);
      });
    });
});

test("an ambient fleet gets its waypoints and gateways along", async () => {
  const config =
    "apiVersion: fairlead.dev/v1alpha1\nkind: MeshConfig\nmetadata: { name: mesh }\nspec: { output: ambient }\n";
  await inFleet({ ...basic, "mesh.yaml": config }, async ({ run, read }) => {
    assert.equal((await run("mesh", "apply", "-f", "fleet")).code, 0);
    assert.match(read(`tokyo/${generated}`), /kind: Gateway\nmetadata:\n {2}name: waypoint\n/);
    assert.equal((await run("mesh", "apply", "-f", "fleet")).stdout, "nothing to change\n");
  });
});

describe("mesh status", () => {
  test("shows clusters and names, and what is to be written", async () => {
    await inFleet(basic, async ({ run }) => {
      const { code, stdout } = await run("mesh", "status", "-f", "fleet");
      assert.equal(code, 0);
      assert.match(
        stdout,
        /^CLUSTER +REGION +VIEW +GATEWAY +OBJECTS +TO WRITE\nparis +eu-west +current +paris\.example\.com\.:15443 +3 +4\n/,
      );
      assert.match(stdout, /^prd\.orders\.global +paris:shop\/orders, tokyo:shop\/orders +paris, tokyo +240\.\S+$/m);
      const { names } = JSON.parse((await run("mesh", "status", "-o", "json", "-f", "fleet")).stdout) as {
        names: { host: string; env: string; seenBy: string[]; servedBy: { cluster: string; region: string }[] }[];
      };
      assert.deepEqual(
        names.map(({ host: name, env, seenBy, servedBy }) => [name, env, seenBy, servedBy.map(({ region }) => region)]),
        [[host, "prd", ["paris", "tokyo"], ["eu-west", "ap-east"]]],
      );
    });
  });

  test("of nothing says so", async () => {
    await inFleet({ "fleet.yaml": "clusters: [{ name: paris }]\n", "paris/.keep": "" }, async ({ run }) => {
      assert.match((await run("mesh", "status", "-f", "fleet")).stdout, /^CLUSTER[^\n]*\nparis +current +0 +0\n$/);
    });
  });
});
