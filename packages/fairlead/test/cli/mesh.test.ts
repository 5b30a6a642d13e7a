/** The commands of the mesh on files, in this process. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import type { CliResult } from "../support/cli.ts";
import {
  basic,
  fleetFile,
  host,
  inFleet,
  injected,
  orders,
  service,
  workload,
  type Files,
} from "../support/fleet-folder.ts";

interface PlanDocument {
  readonly clusters: { readonly [cluster: string]: readonly KrmObject[] };
  readonly findings: readonly { readonly code: string; readonly file?: string; readonly line?: number }[];
}

const json = ({ stdout }: CliResult): PlanDocument => JSON.parse(stdout) as PlanDocument;
const named = (objects: readonly KrmObject[] = []): string[] =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);

describe("mesh plan", () => {
  test("prints the objects of each cluster and findings", async () => {
    await inFleet(basic, async ({ run }) => {
      const result = await run("mesh", "plan", "-o", "json", "-f", "fleet");
      assert.deepEqual([result.code, result.stderr], [0, ""]);
      const { clusters, findings } = json(result);
      assert.deepEqual(findings, []);
      const planned = ["default-dr", "gateway-dr"].map((ending) => `DestinationRule ${host}-${ending}`);
      planned.push(`ServiceEntry ${host}-se`);
      assert.deepEqual(named(clusters["tokyo"]), planned);
      const [store, ...others] = named(clusters["paris"]);
      assert.match(store!, /^ConfigMap fairlead-mesh-addresses-\d+$/);
      assert.deepEqual(others, planned);
    });
  });

  test("prints YAML that says of each object where it belongs, or writes a file for each cluster", async () => {
    await inFleet(basic, async ({ run, read }) => {
      const printed = await run("mesh", "plan", "-f", "fleet");
      assert.equal(printed.stdout.match(/^---\n# cluster: tokyo\n/gm)?.length, 3);
      assert.equal((await run("mesh", "plan", "-f", "fleet", "--out", "fleet/planned")).code, 0);
      assert.match(read("planned/tokyo/mesh.yaml"), /kind: ServiceEntry/);
    });
  });

  test("gives the same bytes whatever the order of files", async () => {
    const [first, second] = orders.split("---\n") as [string, string];
    const plans: string[] = [];
    const split = { ...basic, "paris/orders.yaml": second, "paris/zz.yaml": first };
    for (const files of [basic, split])
      await inFleet(files, async ({ run }) => void plans.push((await run("mesh", "plan", "-f", "fleet")).stdout));
    assert.equal(plans[0], plans[1]);
  });

  test("takes manifests without a namespace for those of default, as kubectl does", async () => {
    const files = { ...basic, "paris/orders.yaml": orders.replaceAll(", namespace: shop", "") };
    await inFleet(files, async ({ run }) => {
      const { stdout } = await run("mesh", "plan", "-f", "fleet");
      assert.match(stdout, /address: orders\.default\.svc\.cluster\.local/);
    });
  });

  test("plans Fairlead's declarations as what they become", async () => {
    const app = `apiVersion: fairlead.dev/v1alpha1
kind: App
metadata: { name: pay, namespace: shop }
spec:
  pod: { labels: { identity: pay, env: prd }, annotations: { ${injected} } }
  containers:
    - name: pay
      image: example/pay:1
      http: { port: 8080 }
      resources: { requests: { cpu: 100m, memory: 128Mi }, limits: { memory: 128Mi } }
`;
    await inFleet({ ...basic, "paris/pay.yaml": app }, async ({ run }) => {
      const result = await run("mesh", "status", "-f", "fleet");
      assert.match(result.stdout, /^prd\.pay\.global +paris:shop\/pay /m, result.stderr);
    });
  });
});

describe("fleet.yaml", () => {
  const facts = "region: eu-west, gateway: paris.example.com";
  const spellings: Files = {
    "a list": `clusters: [{ name: paris, ${facts} }, { name: tokyo }]\n`,
    "a map": `clusters:\n  paris: { ${facts} }\n  tokyo:\n`,
    "a Fleet": `apiVersion: fairlead.dev/v1alpha1
kind: Fleet
metadata: { name: shop }
spec:
  clusters:
    - { name: paris, ${facts} }
    - name: tokyo
`,
  };
  for (const [what, text] of Object.entries(spellings)) {
    test(`may be ${what}`, async () => {
      await inFleet({ ...basic, "fleet.yaml": text }, async ({ run }) => {
        const result = await run("mesh", "status", "-o", "json", "-f", "fleet");
        const { clusters } = JSON.parse(result.stdout) as {
          clusters: { name: string; region: string; gateway: string }[];
        };
        assert.deepEqual(
          clusters.map(({ name, region, gateway }) => [name, region, gateway]),
          [
            ["paris", "eu-west", "paris.example.com.:15443"],
            ["tokyo", "", ""],
          ],
        );
      });
    });
  }

  const mistakes: readonly (readonly [text: string, place: string, message: RegExp])[] = [
    ["home: paris\n", "1:1", /no list of clusters/],
    ["clusters: 5\n", "1:11", /no list of clusters/],
    ["clusters:\n  - paris\n", "2:5", /clusters\[0\]: a cluster is an object with a name/],
    ["clusters:\n  paris: eu\n", "2:10", /clusters\.paris: a cluster is an object/],
    ["clusters:\n  - { region: eu }\n", "2:5", /clusters\[0\]: a cluster needs a name/],
    ["clusters:\n  - name: ../../etc\n", "2:11", /cannot be a cluster's name/],
    [
      "clusters:\n  - { name: paris }\n  - name: tokyo\n    regoin: ap\n",
      "4:5",
      /unknown field "regoin"[^]*mean region\?/,
    ],
    ["clusters:\n  - name: paris\n    region: 5\n", "3:13", /region: a text is wanted/],
    ["clusters:\n  - name: paris\n    zones: a\n", "3:12", /zones: a list of names is wanted/],
    ["clusters:\n  - name: paris\n    view: gone\n", "3:11", /view: one of current, stale, unread, paused/],
    ["clusters:\n  - name: paris\n    gateway: { port: 1 }\n", "3:14", /gateway: `\{address: HOST, port: 15443\}`/],
    ["clusters:\n  - name: paris\n    gateway: { address: a, port: 0 }\n", "3:14", /gateway: /],
    ["clusters:\n  - name: paris\n  - name: paris\n", "3:11", /"paris" is there twice/],
    ["home: pari\nclusters: [{ name: paris }]\n", "1:7", /no cluster "pari"[^]*did you mean paris\?/],
    ["apiVersion: v1\nkind: Fleet\nspec:\n  clusters:\n    - name: paris\n      view: 1\n", "6:13", /view: one of/],
  ];
  for (const [text, place, message] of mistakes) {
    test(`with a mistake is refused with its place: ${message.source}`, async () => {
      await inFleet({ ...basic, "fleet.yaml": text }, async ({ run }) => {
        const { code, stdout, stderr } = await run("mesh", "plan", "-f", "fleet");
        assert.deepEqual([code, stdout], [1, ""]);
        assert.ok(stderr.startsWith(`fleet/fleet.yaml:${place}: error FL830: `), stderr);
        assert.match(stderr, message);
      });
    });
  }

  test("names too many clusters", async () => {
    const many = Array.from({ length: 1001 }, (_, at) => `  - name: c${at}\n`).join("");
    await inFleet({ "fleet.yaml": `clusters:\n${many}` }, async ({ run }) => {
      assert.match((await run("mesh", "plan", "-f", "fleet")).stderr, /FL830: 1001 clusters/);
    });
  });

  test("and folders that do not agree are said, and both count", async () => {
    const files = {
      ...basic,
      "fleet.yaml": `${fleetFile}  - { name: oslo }\n`,
      "rome/cart.yaml": workload("cart", "web"),
    };
    await inFleet(files, async ({ run }) => {
      const result = await run("mesh", "plan", "-o", "json", "-f", "fleet");
      assert.equal(result.code, 0);
      assert.match(result.stderr, /warning FL832: there is no folder fleet\/oslo/);
      assert.match(result.stderr, /warning FL832: fleet\.yaml does not name the folder rome/);
      assert.deepEqual(Object.keys(json(result).clusters), ["oslo", "paris", "rome", "tokyo"]);
    });
  });

  test("is not needed", async () => {
    const { "fleet.yaml": _, ...folders } = basic;
    await inFleet(folders, async ({ run }) => {
      assert.deepEqual(Object.keys(json(await run("mesh", "plan", "-o", "json", "-f", "fleet")).clusters), [
        "paris",
        "tokyo",
      ]);
    });
  });

  test("a paused cluster keeps its endpoints in the others and its own file as it is", async () => {
    await inFleet(basic, async ({ run, write, read }) => {
      await run("mesh", "apply", "-f", "fleet");
      const before = read("tokyo/mesh.generated.yaml");
      write({ "fleet.yaml": fleetFile.replace("port: 15443 } }", "port: 15443 }, view: paused }") });
      write({ "paris/more.yaml": workload("pay", "shop") + service("pay", "shop") });
      assert.equal((await run("mesh", "apply", "-f", "fleet")).code, 0);
      assert.equal(read("tokyo/mesh.generated.yaml"), before);
      assert.match(read("paris/mesh.generated.yaml"), /tokyo\.example\.com/);
    });
  });
});

describe("input", () => {
  const refused: { readonly [what: string]: { readonly files: Files; readonly says: RegExp } } = {
    "a missing folder": { files: {}, says: /^error FL601: fleet does not exist/ },
    "a folder without clusters": {
      files: { "fleet.yaml": "clusters: []\n" },
      says: /^error FL831: fleet holds no folder/,
    },
    "YAML that ends too soon": {
      files: { ...basic, "paris/bad.yaml": "a: 1\nb: [\n" },
      says: /^fleet\/paris\/bad\.yaml:2:4: error FL006/,
    },
    "a fleet.yaml that is no YAML": {
      files: { ...basic, "fleet.yaml": "clusters: [\n" },
      says: /^fleet\/fleet\.yaml:1:11: error FL006/,
    },
    "a document that is no object": {
      files: { ...basic, "paris/bad.yaml": "- 1\n" },
      says: /^fleet\/paris\/bad\.yaml:1:1: error FL100/,
    },
    "an object that stands in a cluster twice": {
      files: { ...basic, "paris/again.yaml": orders },
      says: /^fleet\/paris\/orders\.yaml:3:19: error FL852: Deployment shop\/orders stands in the cluster twice; the other one is at fleet\/paris\/again\.yaml:1\n/,
    },
    "a declaration with a mistake": {
      files: {
        ...basic,
        "paris/app.yaml": "apiVersion: fairlead.dev/v1alpha1\nkind: App\nmetadata: {name: a}\nspec: {}\n",
      },
      says: /^fleet\/paris\/app\.yaml:4:\d+: error FL/,
    },
    "a text that is too deep": {
      files: { ...basic, "paris/deep.yaml": `a: ${"[".repeat(20_000)}` },
      says: /^fleet\/paris\/deep\.yaml:1:\d+: error FL0/,
    },
  };
  for (const [what, { files, says }] of Object.entries(refused)) {
    for (const command of ["plan", "diff", "apply", "status", "import", "migrate"]) {
      test(`${what} is a finding of \`mesh ${command}\``, async () => {
        await inFleet(files, async ({ run, has }) => {
          const { code, stdout, stderr } = await run("mesh", command, "-f", "fleet");
          assert.equal(code, ["diff", "migrate"].includes(command) ? 2 : 1, stderr);
          assert.equal(stdout, "");
          assert.match(stderr, says);
          assert.doesNotMatch(stderr, /\n {4}at |internal error/);
          assert.ok(!has("paris/mesh.generated.yaml"));
        });
      });
    }
  }

  test("a file is no fleet", async () => {
    await inFleet(basic, async ({ run }) => {
      assert.match(
        (await run("mesh", "plan", "-f", "fleet/fleet.yaml")).stderr,
        /FL831: fleet\/fleet\.yaml is no folder/,
      );
    });
  });

  test("what has no name, or no cluster, is passed over with a warning", async () => {
    const files = {
      ...basic,
      "paris/odd.yaml": "apiVersion: v1\nkind: Service\nmetadata: 5\n---\napiVersion: v1\nkind: Service\nspec: {}\n",
      "beside.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: lost}\n",
    };
    await inFleet(files, async ({ run }) => {
      const { code, stderr } = await run("mesh", "plan", "-f", "fleet");
      assert.equal(code, 0);
      assert.match(stderr, /^fleet\/paris\/odd\.yaml:3:11: warning FL853: a Service without a name/m);
      assert.match(stderr, /^fleet\/paris\/odd\.yaml:5:1: warning FL853/m);
      assert.match(stderr, /^fleet\/beside\.yaml:1:1: warning FL833: Secret lost stands beside/m);
    });
  });

  test("one service among thousands of other objects is planned", async () => {
    const others = Array.from(
      { length: 4000 },
      (_, at) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c${at} }\n`,
    );
    await inFleet({ ...basic, "paris/others.yaml": others.join("---\n") }, async ({ run }) => {
      const { clusters } = json(await run("mesh", "plan", "-o", "json", "-f", "fleet"));
      assert.equal(clusters["paris"]!.length, 4);
    });
  });

  test("names of JavaScript are names", async () => {
    const files = {
      "fleet.yaml": "clusters: { constructor: { region: eu }, toString: { gateway: a.example } }\n",
      "constructor/a.yaml": orders.replaceAll("orders", "constructor"),
      "toString/a.yaml": orders.replaceAll("orders", "constructor"),
    };
    await inFleet(files, async ({ run }) => {
      const { clusters } = json(await run("mesh", "plan", "-o", "json", "-f", "fleet"));
      assert.ok(named(clusters["toString"]).includes("ServiceEntry prd.constructor.global-se"));
    });
  });
});

describe("a MeshConfig", () => {
  const config = (suffix: string, name = "mesh"): string =>
    `apiVersion: fairlead.dev/v1alpha1\nkind: MeshConfig\nmetadata: { name: ${name} }\nspec:\n  names: { suffix: ${suffix} }\n`;

  for (const file of ["mesh.yaml", "paris/config.yaml"]) {
    test(`counts where it stands in ${file}`, async () => {
      await inFleet({ ...basic, [file]: config("corp") }, async ({ run }) => {
        assert.match((await run("mesh", "plan", "-f", "fleet")).stdout, /- prd\.orders\.corp$/m);
      });
    });
  }

  test("by --config takes the place of the fleet's own", async () => {
    await inFleet({ ...basic, "mesh.yaml": config("corp"), "../other.yaml": config("other") }, async ({ run }) => {
      const { stdout } = await run("mesh", "plan", "-f", "fleet", "--config", "other.yaml");
      assert.match(stdout, /- prd\.orders\.other$/m);
    });
  });

  test("is there once", async () => {
    const files = {
      ...basic,
      "a.yaml": config("a", "a"),
      "paris/b.yaml": config("b", "b"),
      "../two.yaml": `${config("a")}---\n${config("b")}`,
    };
    await inFleet(files, async ({ run, remove }) => {
      const { code, stderr } = await run("mesh", "plan", "-f", "fleet");
      assert.equal(code, 1);
      assert.match(stderr, /^fleet\/paris\/b\.yaml:1:1: error FL834: 2 MeshConfigs: a, b$/m);
      remove("a.yaml");
      const given = await run("mesh", "plan", "-f", "fleet", "--config", "two.yaml");
      assert.match(given.stderr, /FL834: two\.yaml holds 2 objects/);
    });
  });

  for (const [file, args] of [
    ["mesh.yaml", []],
    ["../given.yaml", ["--config", "given.yaml"]],
  ] as const) {
    test(`with a mistake is refused with its place (${file})`, async () => {
      await inFleet({ ...basic, [file]: config("a").replace("suffix", "sufix") }, async ({ run }) => {
        const { code, stderr } = await run("mesh", "plan", "-f", "fleet", ...args);
        assert.equal(code, 1);
        assert.match(stderr, /^(fleet\/mesh|given)\.yaml:5:12: error FL821: names: unknown field "sufix"/);
      });
    });
  }
});

describe("the predecessor's", () => {
  test("mode writes as it does", async () => {
    await inFleet(basic, async ({ run }) => {
      const { stdout } = await run("mesh", "plan", "-f", "fleet", "--compat", "admiral");
      assert.match(stdout, /name: se-address-configmap/);
      assert.match(stdout, /namespace: admiral-sync/);
      assert.doesNotMatch(stdout, /fairlead/);
    });
  });

  for (const separator of [[], ["--"]]) {
    test(`flags are everything after --compat-flags ${separator.join("")}`, async () => {
      await inFleet(basic, async ({ run }) => {
        const flags = ["--hostname_suffix", "mesh", "--sync_namespace=ns"];
        const { stdout, code } = await run("mesh", "plan", "-f", "fleet", "--compat-flags", ...separator, ...flags);
        assert.equal(code, 0);
        assert.match(stdout, /namespace: ns\n/);
        assert.match(stdout, /- prd\.orders\.mesh$/m);
      });
    });
  }

  test("flags that it does not have are refused", async () => {
    await inFleet(basic, async ({ run }) => {
      const { code, stdout, stderr } = await run("mesh", "plan", "-f", "fleet", "--compat-flags", "--hostname_sufix=a");
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /FL824: unknown flag: --hostname_sufix/);
    });
  });

  test("README spells a field as nobody reads it: it is read, and said where", async () => {
    const policy = `apiVersion: admiral.io/v1alpha1
kind: GlobalTrafficPolicy
metadata: { name: p, namespace: shop, labels: { identity: orders, env: prd } }
spec:
  policy:
    - dnsPrefix: default
      lbtype: 1
      target: [{ region: ap-east, weight: 100 }]
`;
    await inFleet({ ...basic, "paris/policy.yaml": policy }, async ({ run }) => {
      const { code, stdout, stderr } = await run("mesh", "status", "-f", "fleet");
      assert.equal(code, 0);
      assert.match(stderr, /^fleet\/paris\/policy\.yaml:7:7: warning FL828: .*lbtype is read as that/m);
      assert.match(stdout, /^GlobalTrafficPolicy shop\/p +paris +yes +Applied +prd\.orders\.global$/m);
    });
  });
});
