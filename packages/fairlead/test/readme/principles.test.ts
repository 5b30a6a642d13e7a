/** The README's design principles, and why it prefers functions to templates. */
import assert from "node:assert/strict";
// oxlint-disable-next-line import/no-nodejs-modules -- to see that rendering leaves it alone
import dns from "node:dns";
import { existsSync, readFileSync } from "node:fs";
// oxlint-disable-next-line import/no-nodejs-modules -- to see that rendering leaves it alone
import net from "node:net";
import path from "node:path";
import { describe, it } from "node:test";
import {
  applyFunction,
  defineFunction,
  formatRef,
  print,
  printStream,
  refOf,
  resourceListOf,
  type KrmObject,
} from "@fairlead/krm";
import { kindLoaders } from "../../src/kinds/generated/index.ts";
import { fairlead } from "../support/cli.ts";
import { compileText } from "../../src/compile/text.ts";
import type { AppSpec } from "../../src/kinds/app.ts";
import type { Declaration } from "../../src/plan/declaration.ts";
import type { World } from "../../src/plan/world.ts";
import { appPlanner } from "../../src/plan/workloads/app.ts";
import {
  assertAccepted,
  assertFinding,
  assertValid,
  at,
  compileYaml,
  objectOf,
  objectsOf,
} from "../support/compile.ts";

const blocks = ["workloads", "topics", "subscriptions", "pgbouncer"].map((name) => ({
  name: `${name}.yaml`,
  text: readFileSync(path.join(import.meta.dirname, "blocks", `${name}.yaml`), "utf8"),
}));
const packages = path.resolve(import.meta.dirname, "../../..");

/** Every file that a module loads, by following its imports. */
function importsOf(start: string): Map<string, string[]> {
  const seen = new Map<string, string[]>();
  const waiting = [start];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    const text = readFileSync(file, "utf8");
    const found = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]!);
    const isType = (name: string) =>
      new RegExp(`import type [^;]*"${name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}"`).test(text);
    const loaded = found.filter((name) => !isType(name));
    seen.set(file, loaded);
    for (const name of loaded) {
      const target = name.startsWith(".")
        ? path.resolve(path.dirname(file), name)
        : name.startsWith("@fairlead/")
          ? path.join(packages, name.split("/")[1]!, "src/index.ts")
          : undefined;
      if (target !== undefined && existsSync(target)) waiting.push(target);
    }
  }
  return seen;
}

describe("hermetic builds", () => {
  it("rendering does not talk to the network", async (t) => {
    const calls: string[] = [];
    const refuse = (name: string) => () => {
      calls.push(name);
      throw new Error(`${name} was called`);
    };
    t.mock.method(net.Socket.prototype, "connect", refuse("connect"));
    t.mock.method(dns, "lookup", refuse("lookup"));
    t.mock.method(globalThis, "fetch", refuse("fetch"));
    assertValid(await compileText(blocks));
    assert.deepEqual(calls, []);
  });

  it("nothing that rendering loads could: it imports no module for connections or processes", () => {
    const graph = importsOf(path.join(packages, "fairlead/src/compile/text.ts"));
    assert.ok(graph.size > 50, `only ${graph.size} files were found`);
    const outside = /^(node:)?(net|tls|http|https|http2|dgram|dns|child_process|cluster|worker_threads)(\/|$)/;
    for (const [file, names] of graph) {
      for (const name of names) assert.ok(!outside.test(name), `${path.relative(packages, file)} imports ${name}`);
    }
  });

  it("the same input gives the same bytes, in any order of the files", async () => {
    const forward = await compileText(blocks);
    const backward = await compileText(blocks.toReversed());
    const bytes = (compiled: typeof forward) => printStream(compiled.generated.map(({ object }) => object));
    assert.equal(bytes(backward), bytes(forward));
  });
});

describe("minimal configuration in general terms", () => {
  it("an App says in a few lines, without a word of Kubernetes' workloads, what becomes several objects", async () => {
    const { example } = await kindLoaders.App();
    const text = print(example);
    assert.ok(text.split("\n").length <= 30);
    assert.ok(!/selector|matchLabels|template|targetPort|apps\/v1|containerPort/.test(text));
    const compiled = await compileYaml(text);
    assertValid(compiled);
    assert.ok(printStream(objectsOf(compiled)).split("\n").length > 5 * text.split("\n").length);
  });
});

describe("serves most cases, and does not force anybody to stick to it", () => {
  const app = (more: string) => `apiVersion: fairlead.dev/v1alpha1
kind: App
metadata: {name: api}
spec:
  containers: [{name: api, image: "api:1", resources: unlimited}]
${more}`;

  it("every field of the pod and the container is there under Kubernetes' name", async () => {
    const compiled = await compileYaml(
      app("  dnsPolicy: Default\n  hostAliases: [{ip: 10.0.0.1, hostnames: [db]}]\n").replace(
        "resources: unlimited",
        "resources: unlimited, stdin: true",
      ),
    );
    assertValid(compiled);
    const pod = at(objectOf(compiled, "Deployment"), "spec", "template", "spec") as { [field: string]: unknown };
    assert.equal(pod["dnsPolicy"], "Default");
    assert.deepEqual(pod["hostAliases"], [{ ip: "10.0.0.1", hostnames: ["db"] }]);
    assert.equal((pod["containers"] as { stdin?: boolean }[])[0]!.stdin, true);
  });

  it("patches have the last word over what came out", async () => {
    const compiled = await compileYaml(
      app("  patches: [{target: {kind: Deployment}, patch: {spec: {minReadySeconds: 7}}}]\n"),
    );
    assertValid(compiled);
    assert.equal(at(objectOf(compiled, "Deployment"), "spec", "minReadySeconds"), 7);
  });

  it("objects written by hand stand beside it and stay as they are", async () => {
    const manual = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: other}\nspec: {replicas: 1}\n";
    const compiled = await compileYaml(app("") + manual);
    assert.deepEqual(compiled.passed, [
      { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "other" }, spec: { replicas: 1 } },
    ]);
  });
});

describe("functions instead of templates", () => {
  it("can be piped: its own output passes through it unchanged", async () => {
    const once = await compileText(blocks);
    const output = { name: "output.yaml", text: printStream(once.generated.map(({ object }) => object)) };
    const twice = await compileText([...blocks, output]);
    assertAccepted(twice);
    const refs = (compiled: typeof once) => objectsOf(compiled).map((object) => formatRef(refOf(object)));
    assert.deepEqual(refs(twice), refs(once));
    assert.deepEqual(objectsOf(twice), objectsOf(once));
    assert.deepEqual(twice.passed, []);
  });

  it("can be reused: a planner is a plain function that a controller calls just as well", () => {
    const ref = { apiVersion: "fairlead.dev/v1alpha1", kind: "App", name: "api" };
    const spec = { containers: [{ name: "api", image: "api:1", resources: "unlimited" }] } as unknown as AppSpec;
    const declaration: Declaration<AppSpec> = {
      ref,
      kind: "App",
      name: "api",
      namespace: undefined,
      metadata: { name: "api" },
      spec,
      compat: false,
    };
    const world: World = {
      environment: { name: undefined, settings: {} },
      declared: () => undefined,
      broken: () => false,
      allDeclared: () => [],
      object: () => undefined,
      allObjects: () => [],
    };
    const plan = appPlanner.plan(declaration, world);
    assert.deepEqual(plan.scope, ref);
    assert.ok(plan.desired.some(({ kind }) => kind === "Deployment"));
    assert.deepEqual(appPlanner.plan(declaration, world), plan);
  });

  it("can validate: a mistake is a finding with its place, not a broken text", async () => {
    const compiled = await compileYaml(
      "apiVersion: fairlead.dev/v1alpha1\nkind: App\nmetadata: {name: api}\nspec:\n  containers:\n  - name: api\n    image: [a]\n",
    );
    assertFinding(compiled, { severity: "error", line: 7, column: 12, name: "api" });
  });

  it("can be written by anybody in a programming language, with types and tests", async () => {
    const owner = defineFunction<KrmObject & { owner: string }>({
      name: "owner",
      schema: { type: "object", properties: { owner: { type: "string" } }, required: ["owner"] },
      run({ config, items }) {
        for (const item of items) item.metadata.labels = { ...item.metadata.labels, owner: config.owner };
      },
    });
    const rendered = objectsOf(await compileText(blocks));
    const config = { apiVersion: "example.com/v1", kind: "Owner", metadata: { name: "x" }, owner: "shop" };
    const { items, findings } = await applyFunction(owner, resourceListOf(rendered, config));
    assert.deepEqual(findings, []);
    assert.equal(items.length, rendered.length);
    for (const item of items) assert.equal((item as KrmObject).metadata.labels?.["owner"], "shop");
  });
});

describe("generated documentation", () => {
  it("one OpenAPI document describes every kind and every field of ours", async () => {
    const { code, stdout } = await fairlead(["schema", "--format", "openapi"]);
    assert.equal(code, 0);
    const document = JSON.parse(stdout) as {
      openapi: string;
      components: { schemas: { [kind: string]: { description?: string; properties: { spec: object } } } };
    };
    assert.match(document.openapi, /^3\./);
    for (const kind of Object.keys(kindLoaders)) {
      assert.ok((document.components.schemas[kind]?.description ?? "").length > 10, kind);
    }
  });

  it("a field is explained where it is used", async () => {
    const { code, stdout } = await fairlead(["explain", "App.scaling.pubsub"]);
    assert.equal(code, 0);
    assert.match(stdout, /maxAge/);
  });
});
