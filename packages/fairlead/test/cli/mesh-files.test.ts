/** What the commands of the mesh write into the folder of a fleet, and say of it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import { basic, fleetFile, host, inFleet, orders, service, workload, type Files } from "../support/fleet-folder.ts";

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
        /^cluster paris\n\+ ConfigMap .*\n\+ DestinationRule .*\n\+ ServiceEntry .*\ncluster tokyo\n/,
      );
      const first = await run("mesh", "apply", "-f", "fleet");
      assert.deepEqual(
        [first.code, first.stdout],
        [
          0,
          `fleet/paris/${generated}: 3 added, 0 changed, 0 removed\nfleet/tokyo/${generated}: 2 added, 0 changed, 0 removed\n`,
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
      assert.match((await run("mesh", "apply", "-f", "fleet")).stdout, /tokyo\/.*: 2 added, 1 changed, 0 removed/);
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
        /^CLUSTER +REGION +VIEW +GATEWAY +OBJECTS +TO WRITE\nparis +eu-west +current +paris\.example\.com\.:15443 +2 +3\n/,
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

describe("explain route", () => {
  const url = `http://${host}/cart`;

  test("says hops, shares, what says so, and what a loss changes", async () => {
    await inFleet(basic, async ({ run }) => {
      const { code, stdout } = await run(
        "explain",
        "route",
        "-f",
        "fleet",
        "--from",
        "cart",
        "--cluster",
        "tokyo",
        url,
      );
      assert.equal(code, 0);
      assert.match(
        stdout,
        /^http:\/\/prd\.orders\.global\/cart from cart in tokyo \(ap-east\)\n {2}100 % {2}tokyo → orders\.shop\.svc\.cluster\.local:80\n/,
      );
      assert.match(stdout, /tokyo: ServiceEntry fairlead-mesh\/prd\.orders\.global-se\n/);
      assert.match(
        stdout,
        /If region ap-east is lost:\n {2}100 % {2}tokyo → paris\.example\.com\.:15443 → paris → orders\.shop/,
      );
      const other = await run("explain", "route", "-f", "fleet", "--from", "web/cart", "-o", "json", url);
      const { routes, request } = JSON.parse(other.stdout) as {
        routes: { caller: { cluster: string }; scenarios: { what: string; paths: { share: number }[] }[] }[];
        request: { port: number };
      };
      assert.equal(request.port, 80);
      assert.deepEqual(
        routes.map(({ caller }) => caller.cluster),
        ["tokyo"],
      );
      assert.equal(routes[0]!.scenarios[0]!.paths[0]!.share, 1);
    });
  });

  const wrong: { readonly [says: string]: readonly [code: number, args: readonly string[]] } = {
    'nothing with the identity "nobody" runs\n': [1, ["--from", "nobody", url]],
    'nothing with the identity "cart" runs in cluster paris\n': [1, ["--from", "cart", "--cluster", "paris", url]],
    '"ftp://x" is no URL\n': [2, ["--from", "cart", "ftp://x"]],
    "the URL is missing\n": [2, ["--from", "cart"]],
    "--from is missing\n": [2, [url]],
  };
  for (const [says, [code, args]] of Object.entries(wrong))
    test(`refuses: ${says.trim()}`, async () => {
      await inFleet(basic, async ({ run }) => {
        const result = await run("explain", "route", "-f", "fleet", ...args);
        assert.deepEqual([result.code, result.stdout], [code, ""]);
        assert.ok(result.stderr.startsWith(`error FL836: ${says}`), result.stderr);
      });
    });

  test("to a name that nobody has ends nowhere, with exit code 1", async () => {
    await inFleet(basic, async ({ run }) => {
      const { code, stdout } = await run("explain", "route", "-f", "fleet", "--from", "cart", "http://nobody.global");
      assert.equal(code, 1);
      assert.match(stdout, /✗ tokyo knows no nobody\.global:80/);
    });
  });
});

describe("simulate", () => {
  const lonely = {
    ...basic,
    "paris/cart.yaml": workload("cart", "web"),
    "tokyo/pay.yaml": workload("pay", "shop") + service("pay", "shop"),
  };

  test("--lose-region shows who serves whom then, and fails when somebody is left without", async () => {
    await inFleet(lonely, async ({ run }) => {
      const { code, stdout, stderr } = await run("simulate", "--lose-region", "ap-east", "-f", "fleet");
      assert.equal(code, 1);
      assert.match(stdout, /^prd\.pay\.global +paris +tokyo 100 % +✗ 100 %\n1 more stay as they are\n/m);
      assert.match(stderr, /warning FL837: prd\.pay\.global: 100 % of the requests from paris end nowhere/);
    });
  });

  test("--lose-cluster of what others serve as well succeeds", async () => {
    await inFleet(lonely, async ({ run }) => {
      const { code, stdout } = await run("simulate", "--lose-cluster", "paris", "-f", "fleet", "-o", "json");
      assert.equal(code, 0);
      const { shifts } = JSON.parse(stdout) as { shifts: { host: string; from: string; lost: number }[] };
      assert.ok(shifts.length > 0 && shifts.every(({ from, lost }) => from === "tokyo" && lost === 0));
    });
  });

  for (const [flag, what, known] of [
    ["--lose-region", "region", "eu-west, ap-east"],
    ["--lose-cluster", "cluster", "paris, tokyo"],
  ] as const)
    test(`${flag} of what is not there is refused: it would look like no loss`, async () => {
      await inFleet(basic, async ({ run }) => {
        const { code, stdout, stderr } = await run("simulate", flag, "mars", "-f", "fleet");
        assert.deepEqual([code, stdout], [1, ""]);
        assert.match(stderr, new RegExp(`FL854: there is no ${what} mars\\n +hint: there are: ${known}`));
      });
    });
});

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

  test("says where an export is of no Service", async () => {
    await inFleet({ ...files, "paris/more.yaml": mcs("ServiceExport", "gone", "shop") }, async ({ run }) => {
      const { code, stderr } = await run("mesh", "import", "-f", "fleet");
      assert.equal(code, 0);
      assert.match(
        stderr,
        /^fleet\/paris\/more\.yaml:1:1: warning FL851: cluster paris: there is no Service shop\/gone/,
      );
    });
  });
});
