import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { parseStream } from "@fairlead/krm";
import { fairlead, inFolder } from "../support/cli.ts";

const app = (name: string, extra = "") => `apiVersion: fairlead.dev/v1alpha1
kind: App
metadata:
  name: ${name}
spec:
  containers:
    - name: ${name}
      image: example/${name}:1
      http: {port: 8080, path: /healthz}
      resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 64Mi}}
${extra}`;

describe("fairlead render", () => {
  test("prints the objects on stdout and nothing else", async () => {
    const { code, stdout, stderr } = await fairlead(["render", "-f", "-"], { stdin: app("a") });
    assert.equal(stderr, "");
    assert.equal(code, 0);
    const kinds = parseStream(stdout).documents.map(({ value }) => (value as { kind: string }).kind);
    assert.deepEqual(kinds, ["ServiceAccount", "Service", "Deployment"]);
  });

  test("prints findings on stderr, nothing on stdout and exits 1 when something is wrong", async () => {
    const { code, stdout, stderr } = await fairlead(["render", "-f", "-"], {
      stdin: app("a").replace("http:", "htpp:"),
    });
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /<stdin>:9:7: error FL050/);
    assert.match(stderr, /did you mean `http`/);
    assert.match(stderr, /> +9 \|/);
    assert.match(stderr, /1 error\n$/);
  });

  test("reads files, folders and globs, sorted, and leaves hidden files alone", async () => {
    await inFolder(async (folder) => {
      mkdirSync(path.join(folder, "apps", "deep"), { recursive: true });
      writeFileSync(path.join(folder, "apps", "b.yaml"), app("b"));
      writeFileSync(path.join(folder, "apps", "deep", "a.yml"), app("a"));
      writeFileSync(path.join(folder, "apps", ".hidden.yaml"), "not: [yaml");
      writeFileSync(path.join(folder, "apps", "notes.txt"), "not: [yaml");
      const whole = await fairlead(["render", "-f", "apps"], { cwd: folder });
      assert.equal(whole.code, 0, whole.stderr);
      assert.match(whole.stdout, /name: a\n[^]*name: b\n/);
      const pattern = await fairlead(["render", "-f", "apps/**/*.yml"], { cwd: folder });
      assert.doesNotMatch(pattern.stdout, /name: b\n/);
      const both = await fairlead(["render", "-f", "apps/b.yaml", "-f", "apps/deep/a.yml"], { cwd: folder });
      assert.equal(both.stdout, whole.stdout);
    });
  });

  test("says which path does not exist, and which folder is empty", async () => {
    await inFolder(async (folder) => {
      const missing = await fairlead(["render", "-f", "nothing.yaml"], { cwd: folder });
      assert.deepEqual([missing.code, missing.stdout], [1, ""]);
      assert.match(missing.stderr, /FL601: nothing\.yaml does not exist/);
      const empty = await fairlead(["render", "-f", "."], { cwd: folder });
      assert.match(empty.stderr, /FL601: \. holds no manifests/);
    });
  });

  test("gives objects and findings as JSON with a schema version", async () => {
    const { stdout, code } = await fairlead(["render", "-f", "-", "-o", "json"], { stdin: app("a") });
    const result = JSON.parse(stdout) as { schemaVersion: number; objects: unknown[]; findings: unknown[] };
    assert.deepEqual([code, result.schemaVersion, result.objects.length, result.findings.length], [0, 1, 3, 0]);
    const bad = await fairlead(["render", "-f", "-", "-o", "json"], { stdin: app("A") });
    const failed = JSON.parse(bad.stdout) as { objects: unknown[]; findings: { code: string }[] };
    assert.deepEqual([bad.code, failed.objects.length], [1, 0]);
    assert.ok(failed.findings.some((finding) => finding.code === "FL104"));
  });

  test("passes a rendered file through, and makes anew what is declared beside it", async () => {
    const { stdout: rendered } = await fairlead(["render", "-f", "-"], { stdin: app("a") });
    assert.equal((await fairlead(["render", "-f", "-"], { stdin: rendered })).stdout, rendered);
    const changed = app("a").replace("8080", "8081");
    const both = await fairlead(["render", "-f", "-"], { stdin: `${rendered}---\n${changed}` });
    assert.equal(both.stdout, (await fairlead(["render", "-f", "-"], { stdin: changed })).stdout);
    const moved = `${rendered}---\n${app("b", "  service: {name: a}\n")}`;
    const { stdout } = await fairlead(["render", "-f", "-"], { stdin: moved });
    assert.equal(stdout.match(/kind: Service\nmetadata:\n {2}name: a\n/g)?.length, 1, "one Service a, the new one");
  });

  test("shows a tree of what became what", async () => {
    const { stdout } = await fairlead(["render", "-f", "-", "-o", "tree"], { stdin: app("a") });
    assert.equal(stdout, "App a\n├─ ServiceAccount a\n├─ Service a  http:8080\n└─ Deployment a\n");
  });

  test("shows no tree when something is wrong", async () => {
    const input = `${app("a")}---\n${app("b", "  scalling: {}\n")}`;
    const { code, stdout, stderr } = await fairlead(["render", "-f", "-", "-o", "tree"], { stdin: input });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /did you mean `scaling`/);
  });

  test("keeps warnings to itself with --quiet, but not errors", async () => {
    const input = app("a", "  environments: {}\n  replicas: 2\n  scaling: {max: 3, cpu: 50}\n");
    const loud = await fairlead(["render", "-f", "-"], { stdin: input });
    assert.match(loud.stderr, /warning/);
    const quiet = await fairlead(["render", "-q", "-f", "-"], { stdin: input });
    assert.deepEqual([quiet.stderr, quiet.stdout], ["", loud.stdout]);
  });

  test("colours only when asked to", async () => {
    const bad = app("a").replace("http:", "htpp:");
    assert.ok(!(await fairlead(["render", "-f", "-"], { stdin: bad })).stderr.includes("\u001b"));
    assert.ok((await fairlead(["render", "-f", "-"], { stdin: bad, color: true })).stderr.includes("\u001b"));
  });

  test("refuses a remote base of a kustomization, also behind a local one", async () => {
    await inFolder(async (folder) => {
      mkdirSync(path.join(folder, "base"));
      writeFileSync(path.join(folder, "kustomization.yaml"), "resources: [base]\n");
      writeFileSync(path.join(folder, "base", "kustomization.yaml"), "resources:\n- https://example.com/app.yaml\n");
      const { code, stderr } = await fairlead(["render", "-f", "."], { cwd: folder });
      assert.equal(code, 1);
      assert.match(stderr, /FL602: .*resources names "https:\/\/example\.com\/app\.yaml"/);
      assert.match(stderr, /--allow-remote/);
    });
  });

  test("says that kustomize is missing instead of rendering half", async () => {
    await inFolder(async (folder) => {
      writeFileSync(path.join(folder, "kustomization.yaml"), "resources: []\n");
      const { code, stderr } = await fairlead(["render", "-f", "."], { cwd: folder, env: { PATH: folder } });
      assert.equal(code, 1);
      assert.match(stderr, /FL603: \. is a kustomization, and neither kustomize nor kubectl/);
    });
  });

  test("gives kustomize no network unless it is allowed", async () => {
    await inFolder(async (folder) => {
      writeFileSync(path.join(folder, "kustomization.yaml"), "resources: []\n");
      const script = `#!${process.execPath}\nconst {GIT_ALLOW_PROTOCOL: git, HTTPS_PROXY: proxy} = process.env;\nconsole.log(JSON.stringify({apiVersion: "v1", kind: "ConfigMap", metadata: {name: "c"}, data: {git, proxy}}));\n`;
      writeFileSync(path.join(folder, "kustomize"), script, { mode: 0o755 });
      const setup = { cwd: folder, env: { PATH: folder, HTTPS_PROXY: "http://proxy.example" } };
      const hermetic = await fairlead(["render", "-f", "."], setup);
      assert.match(hermetic.stdout, /git: none\n {2}proxy: http:\/\/127\.0\.0\.1:9\n/);
      const allowed = await fairlead(["render", "-f", ".", "--allow-remote"], setup);
      assert.match(allowed.stdout, /data:\n {2}proxy: http:\/\/proxy\.example\n/);
    });
  });

  test("names a folder that kustomize refuses as it was given", async () => {
    await inFolder(async (folder) => {
      mkdirSync(path.join(folder, "base"));
      writeFileSync(path.join(folder, "base/kustomization.yaml"), "resources: []\n");
      const script = `#!${process.execPath}\nconsole.error("no " + process.argv[3] + "/x.yaml");\nprocess.exit(1);\n`;
      writeFileSync(path.join(folder, "kustomize"), script, { mode: 0o755 });
      const { code, stderr } = await fairlead(["render", "-f", "base"], { cwd: folder, env: { PATH: folder } });
      assert.equal(code, 1);
      assert.match(stderr, /FL603: kustomize build base ended with exit code 1:\s+no base\/x\.yaml/);
    });
  });
});

describe("misuse", () => {
  test("exits 2 with a suggestion for an unknown command or flag", async () => {
    const command = await fairlead(["rendr"]);
    assert.equal(command.code, 2);
    assert.match(command.stderr, /did you mean .*render/);
    assert.equal((await fairlead(["render", "--nonsense"])).code, 2);
    assert.equal((await fairlead(["render", "-f", "-", "-o", "xml"])).code, 2);
  });

  test("says how input is named", async () => {
    const none = await fairlead(["render"]);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /Name the input with -f/);
    const bare = await fairlead(["validate", "-f", ".", "shop"]);
    assert.equal(bare.code, 2);
    assert.match(bare.stderr, /such as `-f shop`/);
    assert.match((await fairlead(["render", "-f", "-", "-o", "xml"])).stderr, /yaml\|json\|tree/);
  });

  test("exits 3 for diff, whose 1 and 2 mean something else", async () => {
    assert.equal((await fairlead(["diff", "only-one"])).code, 3);
  });

  test("shows the help and exits 0 without arguments", async () => {
    const { code, stdout } = await fairlead([]);
    assert.equal(code, 0);
    for (const command of [
      "init",
      "render",
      "validate",
      "diff",
      "explain",
      "import",
      "convert",
      "schema",
      "fn",
      "completion",
      "version",
    ]) {
      assert.match(stdout, new RegExp(`\\b${command}\\b`));
    }
  });
});

describe("fairlead validate", () => {
  test("counts what is right", async () => {
    const { code, stdout, stderr } = await fairlead(["validate", "-f", "-"], { stdin: app("a") });
    assert.deepEqual([code, stdout, stderr], [0, "", "1 declaration, 3 objects, no findings\n"]);
  });

  test("writes SARIF whose rules are the codes that occur", async () => {
    const { code, stdout } = await fairlead(["validate", "-f", "-", "-o", "sarif"], {
      stdin: app("a").replace("http:", "htpp:"),
    });
    const sarif = JSON.parse(stdout) as {
      version: string;
      runs: { tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string }[] }[];
    };
    assert.deepEqual([code, sarif.version], [1, "2.1.0"]);
    assert.deepEqual(
      sarif.runs[0]!.tool.driver.rules.map(({ id }) => id),
      ["FL050"],
    );
    assert.equal(sarif.runs[0]!.results[0]!.ruleId, "FL050");
  });
});

describe("fairlead diff", () => {
  const write = (folder: string, name: string, text: string) => writeFileSync(path.join(folder, name), text);

  test("exits 0 and says nothing when both sides become the same", async () => {
    await inFolder(async (folder) => {
      write(folder, "a.yaml", app("a"));
      write(folder, "b.yaml", app("a").replace("{port: 8080, path: /healthz}", "{path: /healthz, port: 8080}"));
      const { code, stdout } = await fairlead(["diff", "a.yaml", "b.yaml"], { cwd: folder });
      assert.deepEqual([code, stdout], [0, ""]);
    });
  });

  test("exits 1 and shows the fields that differ, list items by their key", async () => {
    await inFolder(async (folder) => {
      write(folder, "a.yaml", app("a"));
      write(folder, "b.yaml", app("a").replace("example/a:1", "example/a:2"));
      const { code, stdout } = await fairlead(["diff", "a.yaml", "b.yaml"], { cwd: folder });
      assert.equal(code, 1);
      assert.match(stdout, /~ Deployment a\n/);
      assert.match(stdout, /- example\/a:1\n\s+\+ example\/a:2\n/);
      assert.doesNotMatch(stdout, /Service a/);
    });
  });

  test("compares an environment with none", async () => {
    await inFolder(async (folder) => {
      write(folder, "a.yaml", app("a", "  replicas: 3\n  environments: {staging: {replicas: 1}}\n"));
      const same = await fairlead(["diff", "a.yaml", "a.yaml", "-e", "staging"], { cwd: folder });
      assert.deepEqual([same.code, same.stdout], [0, ""]);
      const { code, stdout } = await fairlead(["diff", "a.yaml", "a.yaml", "-e", "staging", "--against", ""], {
        cwd: folder,
      });
      assert.equal(code, 1);
      assert.match(stdout, /spec\.replicas\n\s+- 3\n\s+\+ 1\n/);
    });
  });

  test("compares what is deployed with what an environment would be", async () => {
    await inFolder(async (folder) => {
      write(folder, "a.yaml", app("a", "  environments: {staging: {replicas: 1}}\n"));
      const { stdout: deployed } = await fairlead(["render", "-f", "a.yaml", "-e", "staging"], { cwd: folder });
      write(folder, "deployed.yaml", deployed);
      const same = await fairlead(["diff", "deployed.yaml", "a.yaml", "-e", "staging"], { cwd: folder });
      assert.deepEqual([same.code, same.output], [0, ""]);
      const misspelt = await fairlead(["diff", "deployed.yaml", "a.yaml", "-e", "stagign"], { cwd: folder });
      assert.equal(misspelt.code, 2);
      assert.match(misspelt.stderr, /did you mean staging/);
    });
  });

  test("knows the API server's defaults, so a live manifest is no difference", async () => {
    await inFolder(async (folder) => {
      write(folder, "a.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}]}\n");
      write(
        folder,
        "b.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {type: ClusterIP, ports: [{port: 80, targetPort: 80, protocol: TCP}]}\n",
      );
      assert.equal((await fairlead(["diff", "a.yaml", "b.yaml"], { cwd: folder })).code, 0);
    });
  });

  test("never shows the value of a Secret", async () => {
    await inFolder(async (folder) => {
      const secret = (value: string) =>
        `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: ${value}}\n`;
      write(folder, "a.yaml", secret("hunter2"));
      write(folder, "b.yaml", secret("swordfish"));
      for (const output of ["text", "json"]) {
        const { code, stdout } = await fairlead(["diff", "a.yaml", "b.yaml", "-o", output], { cwd: folder });
        assert.equal(code, 1);
        assert.doesNotMatch(stdout, /hunter2|swordfish/);
        assert.match(stdout, /password/);
      }
    });
  });

  test("prints a document for programs, also when a side has errors", async () => {
    await inFolder(async (folder) => {
      write(folder, "a.yaml", app("a"));
      write(folder, "b.yaml", app("b", "  nonsense: 1\n"));
      const same = await fairlead(["diff", "a.yaml", "a.yaml", "-o", "json"], { cwd: folder });
      assert.deepEqual([same.code, JSON.parse(same.stdout)], [0, { schemaVersion: 1, objects: [], findings: [] }]);
      const wrong = await fairlead(["diff", "a.yaml", "b.yaml", "-o", "json"], { cwd: folder });
      const { objects, findings } = JSON.parse(wrong.stdout) as { objects: unknown[]; findings: { code: string }[] };
      assert.deepEqual([wrong.code, objects, findings.map(({ code }) => code)], [2, [], ["FL050"]]);
    });
  });

  test("exits 2 when a side has errors", async () => {
    await inFolder(async (folder) => {
      write(folder, "a.yaml", app("a"));
      write(folder, "b.yaml", app("B"));
      const { code, stdout } = await fairlead(["diff", "a.yaml", "b.yaml"], { cwd: folder });
      assert.deepEqual([code, stdout], [2, ""]);
    });
  });
});

describe("fairlead explain", () => {
  test("lists the kinds", async () => {
    assert.match((await fairlead(["explain"])).stdout, /^App +A long-running service/m);
  });

  test("explains our fields and those of Kubernetes", async () => {
    const own = await fairlead(["explain", "App.scaling"]);
    assert.match(own.stdout, /^App\.spec\.scaling {2}<Object>/);
    assert.match(own.stdout, /pubsub {2}<\[\]Object>/);
    const foreign = await fairlead(["explain", "app.spec.containers.livenessProbe.httpGet.port"]);
    assert.match(foreign.stdout, /^App\.spec\.containers\.livenessProbe\.httpGet\.port {2}<integer\|string>/);
    assert.match(foreign.stdout, /Name or number of the port/);
  });

  test("tells a kind by the fields of its spec", async () => {
    const { stdout } = await fairlead(["explain", "App"]);
    assert.match(stdout, /^App {2}<Object>\n\nA long-running service/);
    assert.match(stdout, /^ {2}scaling {2}<Object>/m);
    assert.match(stdout, /^passed through.*PodSpec[^]*^ {2}tolerations/m);
  });

  test("suggests the field that was meant", async () => {
    const { code, stderr } = await fairlead(["explain", "App.scalling"]);
    assert.equal(code, 1);
    assert.match(stderr, /did you mean App\.spec\.scaling/);
  });

  test("explains a finding by its code", async () => {
    assert.match((await fairlead(["explain", "fl105"])).stdout, /FL105 {2}Two declarations have one name/);
  });

  test("shows a declaration after environments, extends and defaults", async () => {
    const input = `apiVersion: fairlead.dev/v1alpha1\nkind: ContainerTemplate\nmetadata: {name: base}\nspec: {image: example/base:1, resources: unlimited}\n---\n${app("a").replace(/ {6}image.*\n/, "      extends: base\n")}`;
    const { code, stdout } = await fairlead(["explain", "--resolved", "-f", "-", "App/a"], { stdin: input });
    assert.equal(code, 0);
    assert.match(stdout, /image: example\/base:1/);
    assert.doesNotMatch(stdout, /extends/);
  });
});

describe("fairlead schema", () => {
  test("writes one file per kind, and one for all editors", async () => {
    await inFolder(async (folder) => {
      const { code } = await fairlead(["schema", "-o", "json-schema", "--out", "schemas"], { cwd: folder });
      assert.equal(code, 0);
      const all = JSON.parse(readFileSync(path.join(folder, "schemas", "fairlead.schema.json"), "utf8")) as {
        oneOf: unknown[];
      };
      assert.ok(all.oneOf.length >= 9);
      assert.ok(readFileSync(path.join(folder, "schemas", "app.schema.json"), "utf8").includes("draft-07"));
    });
  });
});

describe("fairlead init", () => {
  test("writes a file that renders without findings, and does not overwrite it", async () => {
    await inFolder(async (folder) => {
      const first = await fairlead(
        ["init", "hello", "--image", "example/hello:1", "--port", "3000", "--host", "hello.example"],
        { cwd: folder },
      );
      assert.equal(first.code, 0, first.stderr);
      const rendered = await fairlead(["render", "-f", "hello.yaml"], { cwd: folder });
      assert.deepEqual([rendered.code, rendered.stderr], [0, ""]);
      assert.match(rendered.stdout, /kind: IngressRoute/);
      const again = await fairlead(["init", "hello"], { cwd: folder });
      assert.equal(again.code, 1);
      assert.match(again.stderr, /exists already/);
    });
  });

  test("writes nothing that would not render, and says why", async () => {
    await inFolder(async (folder) => {
      const options = ["--host", "https://shop.example", "--path", "healthz"];
      const { code, stdout, stderr } = await fairlead(["init", "shop", ...options], { cwd: folder });
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /FL054: spec\.containers\[0\]\.http\.path/);
      assert.match(stderr, /hint: write shop\.example/);
      assert.equal(existsSync(path.join(folder, "shop.yaml")), false);
    });
  });

  test("refuses a name that Kubernetes would refuse", async () => {
    const { code, stderr } = await fairlead(["init", "Hello World", "--out", "-"]);
    assert.equal(code, 1);
    assert.match(stderr, /hello-world/);
  });
});

describe("fairlead convert", () => {
  const old =
    "# keep me\napiVersion: lummoKRM/v1\nkind: LummoDeployment\nmetadata:\n  name: a\nspec:\n  part-of: shop\n  app: a # the name\n  containers:\n    - name: a\n      image: example/a:1\n      http: {port: 80}\n";

  test("rewrites files in place and keeps comments", async () => {
    await inFolder(async (folder) => {
      const file = path.join(folder, "a.yaml");
      writeFileSync(file, old);
      const check = await fairlead(["convert", "--check", "a.yaml"], { cwd: folder });
      assert.equal(check.code, 1);
      assert.equal(readFileSync(file, "utf8"), old);
      const { code, stderr } = await fairlead(["convert", "a.yaml"], { cwd: folder });
      assert.equal(code, 0, stderr);
      const text = readFileSync(file, "utf8");
      assert.match(text, /# keep me/);
      assert.match(text, /kind: App/);
      assert.equal((await fairlead(["convert", "--check", "a.yaml"], { cwd: folder })).code, 0);
    });
  });
});

describe("fairlead convert --compat", () => {
  test("leaves out what the predecessor ignored, so that rendering with --compat gives the same", async () => {
    await inFolder(async (folder) => {
      const old = `kind: LummoDeployment\nspec:\n  app: web\n  partOf: shop\n  strategy: {canary: {steps: [{setWeight: 50}]}}\n  containers: [{name: web, image: "example/web:1", http: {port: 80}}]\n`;
      writeFileSync(path.join(folder, "a.yaml"), old);
      const plain = await fairlead(["convert", "--stdout", "a.yaml"], { cwd: folder });
      assert.match(plain.stdout, /setWeight: 50/);
      const compat = await fairlead(["convert", "--compat", "--stdout", "a.yaml"], { cwd: folder });
      assert.match(compat.stdout, /kind: App/);
      assert.doesNotMatch(compat.stdout, /setWeight/);
      const render = (stdin: string) => fairlead(["render", "--compat", "-q", "-f", "-"], { stdin });
      const before = await render(old);
      assert.deepEqual([before.code, before.stderr], [0, ""]);
      assert.equal((await render(compat.stdout)).stdout, before.stdout);
    });
  });
});

describe("an input without objects", () => {
  const empty = "# nothing yet\n---\n";

  for (const command of ["render", "validate"]) {
    test(`is fine for ${command}, which says so`, async () => {
      const { code, stdout, stderr } = await fairlead([command, "-f", "-"], { stdin: empty });
      assert.deepEqual([code, stdout], [0, ""]);
      assert.match(stderr, /info FL607: there is nothing in <stdin>/);
      assert.equal((await fairlead([command, "-q", "-f", "-"], { stdin: empty })).stderr, "");
    });
  }

  test("is told in JSON, too", async () => {
    const { stdout } = await fairlead(["validate", "-o", "json", "-f", "-"], { stdin: empty });
    assert.match(stdout, /"FL607"/);
  });

  test("is another thing than one whose objects pass through, and than one that cannot be read", async () => {
    const passed = await fairlead(["validate", "-f", "-"], {
      stdin: "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n",
    });
    assert.doesNotMatch(passed.stderr, /FL607/);
    const missing = await fairlead(["render", "-f", "nothing.yaml"]);
    assert.doesNotMatch(missing.stderr, /FL607/);
  });
});

describe("fairlead import", () => {
  test("turns a Deployment and its Service into an App that renders to them again", async () => {
    await inFolder(async (folder) => {
      const manifests = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "example/web:1", ports: [{name: http, containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}]}
`;
      writeFileSync(path.join(folder, "web.yaml"), manifests);
      const imported = await fairlead(["import", "-f", "web.yaml", "--out", "apps"], { cwd: folder });
      assert.equal(imported.code, 0, imported.stderr + imported.stdout);
      assert.match(readFileSync(path.join(folder, "apps", "web.yaml"), "utf8"), /kind: App/);
      const compared = await fairlead(["diff", "web.yaml", "apps"], { cwd: folder });
      assert.deepEqual([compared.code, compared.stdout], [0, ""]);
    });
  });

  test("knows a Compose file by its content", async () => {
    const { code, stdout, stderr } = await fairlead(["import", "-f", "-"], {
      stdin: "services:\n  web:\n    image: nginx:1.27\n    ports: ['8080:80']\n",
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /kind: App/);
  });
});

describe("what reviewers found", () => {
  test("a List without a list is named instead of passed on", async () => {
    const { code, stderr } = await fairlead(["render", "-f", "-"], { stdin: "apiVersion: v1\nkind: List\nitems: 5\n" });
    assert.equal(code, 1);
    assert.match(stderr, /<stdin>:3:8: error FL100: items of the List is the number 5/);
  });

  test("a document that cannot be read is not called nothing", async () => {
    const { stderr } = await fairlead(["render", "-f", "-"], { stdin: "{? [a] : b}\n" });
    assert.doesNotMatch(stderr, /FL607/);
  });

  test("marks that turn text around are not printed", async () => {
    const { stderr } = await fairlead(["render", "-f", "-"], { stdin: app("a", "  x\u202Ey: 1\n") });
    assert.doesNotMatch(stderr, /\u202E/);
    assert.match(stderr, /\\u202e/);
  });

  test("a glob that finds a kustomization builds it", async () => {
    await inFolder(async (folder) => {
      writeFileSync(path.join(folder, "kustomization.yaml"), "resources: []\n");
      const { stderr } = await fairlead(["render", "-f", "kustom*.yaml"], { cwd: folder, env: { PATH: folder } });
      assert.match(stderr, /FL603/);
    });
  });

  test("import says where the document is that it cannot read, and what a Compose file looks like", async () => {
    const { stderr } = await fairlead(["import", "-f", "-"], { stdin: "# a comment\nservices: []\n" });
    assert.match(stderr, /<stdin>:2:1: .*FL505/);
    assert.match(stderr, /Compose/);
  });

  test("a folder that cannot be made is a finding, and soon", async () => {
    await inFolder(async (folder) => {
      writeFileSync(path.join(folder, "a.yaml"), app("a"));
      writeFileSync(path.join(folder, "file"), "");
      const { code, stderr } = await fairlead(["import", "-f", "a.yaml", "--out", "file/below"], { cwd: folder });
      assert.equal(code, 1);
      assert.match(stderr, /FL604/);
    });
  });

  test("a canary by Gateway needs a Route for a Gateway", async () => {
    const rollout = "  replicas: 2\n  rollout: {trafficRouter: gateway, steps: [{weight: 50}]}\n";
    const route = (target: string) =>
      `---\napiVersion: fairlead.dev/v1alpha1\nkind: Route\nmetadata: {name: a}\nspec: {app: a, hosts: [a.example], target: ${target}, gateway: {name: public}}\n`;
    assert.match(
      (await fairlead(["render", "-f", "-"], { stdin: app("a", rollout) + route("traefik") })).stderr,
      /FL234/,
    );
    const right = await fairlead(["render", "-f", "-"], { stdin: app("a", rollout) + route("gateway") });
    assert.doesNotMatch(right.stderr, /FL234/);
    assert.match(right.stdout, /httpRoutes:\n\s+- name: a\n/);
  });
});

describe("fairlead completion", () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    test(`prints a script for ${shell}`, async () => {
      assert.match((await fairlead(["completion", shell])).stdout, /fairlead __complete/);
    });
  }

  test("proposes commands and values", async () => {
    assert.match((await fairlead(["__complete", "ren"])).stdout, /^render$/m);
    assert.match((await fairlead(["__complete", "render", "-o", ""])).stdout, /^tree$/m);
  });
});

describe("fairlead version", () => {
  test("prints the version of the package", async () => {
    assert.match((await fairlead(["version"])).stdout, /^fairlead \d+\.\d+\.\d+\n$/);
    assert.equal((await fairlead(["--version"])).stdout, (await fairlead(["version"])).stdout);
  });
});
