import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Compiled } from "./compile.ts";
import { compileText } from "./text.ts";

const resources = "resources: {requests: {cpu: 100m, memory: 64Mi}}";

function app(name: string, rest = ""): string {
  return `apiVersion: fairlead.dev/v1alpha1
kind: App
metadata: {name: ${name}, namespace: shop}
spec:
  containers:
    - name: ${name}
      image: example/${name}:1
      http: {port: 8080}
      ${resources}
${rest}`;
}

function compileOne(text: string, options = {}): Promise<Compiled> {
  return compileText([{ name: "app.yaml", text }], options);
}

function objectsOf(compiled: Compiled): string[] {
  return compiled.generated.map(({ object }) => `${object.kind} ${object.metadata.name}`);
}

function errorsOf(compiled: Compiled): string[] {
  return compiled.findings
    .filter(({ severity }) => severity === "error")
    .map(({ code, file, line, column }) => `${code} ${file}:${line}:${column}`);
}

describe("compile", () => {
  test("turns an App into its objects, each marked with its owner", async () => {
    const compiled = await compileOne(app("orders"));
    assert.deepEqual(errorsOf(compiled), []);
    assert.ok(objectsOf(compiled).includes("Deployment orders"));
    for (const { object } of compiled.generated) {
      assert.equal(object.metadata.annotations?.["fairlead.dev/owner"], "App/shop/orders");
    }
  });

  test("passes objects of others through and orders everything as it can be applied", async () => {
    const config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\n";
    const namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
    const compiled = await compileOne([app("a"), config, namespace].join("---\n"));
    assert.deepEqual(
      compiled.passed.map(({ kind }) => kind),
      ["Namespace", "ConfigMap"],
    );
  });

  test("gives the same bytes for any order of the input", async () => {
    const documents = [
      app("a"),
      app("b"),
      app("c", "  replicas: 3\n"),
      "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n",
    ];
    const render = async (list: string[]) => {
      const { generated, passed } = await compileOne(list.join("---\n"));
      return JSON.stringify([generated, passed]);
    };
    const first = await render(documents);
    assert.equal(await render(documents.toReversed()), first);
    assert.equal(await render([documents[2]!, documents[0]!, documents[3]!, documents[1]!]), first);
  });

  test("names the line of an unknown field and what was probably meant", async () => {
    const compiled = await compileOne(app("orders", "  scalling: {max: 3}\n"));
    assert.deepEqual(errorsOf(compiled), ["FL050 app.yaml:10:3"]);
    assert.match(compiled.findings[0]!.hint!, /scaling/);
  });

  test("refuses two declarations of one name and says where the other is", async () => {
    const compiled = await compileText([
      { name: "a.yaml", text: app("orders") },
      { name: "b.yaml", text: app("orders") },
    ]);
    assert.deepEqual(errorsOf(compiled), ["FL105 b.yaml:3:18"]);
    assert.match(compiled.findings.find(({ code }) => code === "FL105")!.message, /a\.yaml:1/);
  });

  test("refuses to overwrite an object that somebody wrote by hand", async () => {
    const service =
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: orders, namespace: shop}\nspec: {ports: [{port: 1}]}\n";
    const compiled = await compileOne(app("orders") + service);
    assert.deepEqual(
      errorsOf(compiled).map((error) => error.slice(0, 5)),
      ["FL107"],
    );
  });

  test("replaces what it made in an earlier run", async () => {
    const service =
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: orders, namespace: shop, annotations: {fairlead.dev/owner: App/shop/orders}}\n";
    const compiled = await compileOne(app("orders") + service);
    assert.deepEqual(errorsOf(compiled), []);
    assert.deepEqual(compiled.passed, []);
  });

  test("knows a misspelt kind", async () => {
    const compiled = await compileOne("apiVersion: lummoKRM/v1\nkind: LummoDeploymnet\nmetadata: {name: x}\n");
    assert.deepEqual(errorsOf(compiled), ["FL102 app.yaml:2:7"]);
    assert.match(compiled.findings[0]!.hint!, /LummoDeployment/);
  });

  for (const version of ["krm/v1", "lummoKRM/v1", "LummoKRM", "v1", "krm.bukukas.io/v1"]) {
    test(`knows a misspelt kind of the predecessor in ${version}`, async () => {
      const compiled = await compileOne(`apiVersion: ${version}\nkind: PubsubTopik\nmetadata: {name: x}\n`);
      assert.deepEqual(errorsOf(compiled), ["FL102 app.yaml:2:7"]);
      assert.match(compiled.findings[0]!.hint!, /did you mean PubsubTopic\?/);
    });
  }

  for (const version of ["pubsub.cnrm.cloud.google.com/v1beta1", "apps/v1", "batch/v1"]) {
    test(`passes what is near a kind of the predecessor in ${version}`, async () => {
      const compiled = await compileOne(`apiVersion: ${version}\nkind: PubsubTopik\nmetadata: {name: x}\n`);
      assert.deepEqual([errorsOf(compiled), compiled.passed.length], [[], 1]);
    });
  }

  test("asks for the apiVersion of a kind of ours", async () => {
    const compiled = await compileOne("kind: App\nmetadata: {name: x}\nspec: {}\n");
    assert.deepEqual(errorsOf(compiled), ["FL103 app.yaml:1:1"]);
  });

  test("passes a kind of somebody else that has our kind's name", async () => {
    const compiled = await compileOne("apiVersion: example.com/v1\nkind: App\nmetadata: {name: x}\n");
    assert.deepEqual(errorsOf(compiled), []);
    assert.equal(compiled.passed.length, 1);
  });

  test("takes Lists apart and finds places inside them", async () => {
    const text = `apiVersion: v1
kind: List
items:
  - apiVersion: fairlead.dev/v1alpha1
    kind: App
    metadata: {name: Bad_Name}
    spec: {containers: [{name: a, image: a:1, ${resources}}]}
`;
    assert.deepEqual(errorsOf(await compileOne(text)), ["FL104 app.yaml:6:22"]);
  });

  test("suggests a valid name", async () => {
    const compiled = await compileOne(
      "apiVersion: fairlead.dev/v1alpha1\nkind: App\nmetadata: {name: Bad_Name!}\nspec: {}\n",
    );
    assert.match(compiled.findings.find(({ code }) => code === "FL104")!.hint!, /bad-name/);
  });

  test("says of a document that is not an object what it is", async () => {
    assert.deepEqual(errorsOf(await compileOne("- 1\n- 2\n")), ["FL100 app.yaml:1:1"]);
  });
});

describe("extends", () => {
  const template = `apiVersion: fairlead.dev/v1alpha1
kind: ContainerTemplate
metadata: {name: base, namespace: shop}
spec:
  image: example/base:1
  env: [{name: A, value: base}, {name: B, value: base}]
  ${resources}
`;
  const extending = `apiVersion: fairlead.dev/v1alpha1
kind: App
metadata: {name: orders, namespace: shop}
spec:
  containers:
    - name: orders
      extends: base
      env: [{name: B, value: own}, {name: C, value: own}]
`;

  test("merges a template under the container, lists by key", async () => {
    const compiled = await compileOne(`${template}---\n${extending}`);
    assert.deepEqual(errorsOf(compiled), []);
    const spec = compiled.declarations[0]!.spec as {
      containers: { image: string; env: { name: string; value: string }[] }[];
    };
    assert.equal(spec.containers[0]!.image, "example/base:1");
    const env = spec.containers[0]!.env.map(({ name, value }) => `${name}=${value}`);
    assert.deepEqual([...env].sort(), ["A=base", "B=own", "C=own"]);
  });

  test("names a missing template with the nearest one", async () => {
    const compiled = await compileOne(`${template}---\n${extending.replace("extends: base", "extends: bass")}`);
    assert.deepEqual(errorsOf(compiled), ["FL110 app.yaml:15:16"]);
    assert.match(compiled.findings[0]!.hint!, /did you mean base/);
  });

  test("asks for an App and a ContainerTemplate by their right article", async () => {
    const hints = async (text: string) => (await compileOne(text)).findings.map(({ hint }) => hint);
    assert.deepEqual(await hints(app("orders", "  extends: platform\n")), [
      "add an App named platform to the input, or correct the name",
    ]);
    assert.deepEqual(await hints(app("orders").replace(/image: \S+/, "extends: platform")), [
      "add a ContainerTemplate named platform to the input, or correct the name",
    ]);
  });

  test("finds circles of templates", async () => {
    const circle = template.replace("spec:\n", "spec:\n  extends: base\n");
    const compiled = await compileOne(`${circle}---\n${extending}`);
    assert.ok(errorsOf(compiled).every((error) => error.startsWith("FL111")));
    assert.match(compiled.findings[0]!.message, /base → base/);
  });

  test("lets an App extend an abstract one, which renders nothing", async () => {
    const base = `apiVersion: fairlead.dev/v1alpha1
kind: App
metadata: {name: api-base, namespace: shop}
spec: {abstract: true, partOf: shop, replicas: 3}
`;
    const compiled = await compileOne(`${base}---\n${app("orders", "  extends: api-base\n")}`);
    assert.deepEqual(errorsOf(compiled), []);
    assert.deepEqual(
      compiled.declarations.map(({ name, spec }) => [name, spec["replicas"], spec["partOf"]]),
      [["orders", 3, "shop"]],
    );
  });
});

describe("environments", () => {
  const patched = app("orders", "  replicas: 1\n  environments:\n    prod: {replicas: 5}\n");
  const environment = (name: string, rest = "") =>
    `---\napiVersion: fairlead.dev/v1alpha1\nkind: Environment\nmetadata: {name: ${name}}\nspec: {labels: {env: ${name}}${rest}}\n`;
  const replicas = ({ declarations }: Compiled) => declarations.find(({ kind }) => kind === "App")!.spec["replicas"];

  test("leaves the base alone without an environment", async () => {
    assert.equal(replicas(await compileOne(patched)), 1);
  });

  test("merges the patch of the environment that was asked for", async () => {
    assert.equal(replicas(await compileOne(patched, { environment: "prod" })), 5);
  });

  test("takes the only Environment, or the default one", async () => {
    assert.equal(replicas(await compileOne(patched + environment("prod"))), 5);
    const two = patched + environment("prod", ", default: true") + environment("staging");
    assert.equal(replicas(await compileOne(two)), 5);
  });

  test("warns when there are several and none was chosen", async () => {
    const compiled = await compileOne(patched + environment("prod") + environment("staging"));
    assert.deepEqual(
      compiled.findings.filter(({ code }) => code === "FL121").map(({ severity }) => severity),
      ["warning"],
    );
    assert.equal(replicas(compiled), 1);
  });

  test("refuses an environment that nothing names", async () => {
    const compiled = await compileOne(patched, { environment: "prodd" });
    assert.deepEqual(
      compiled.findings.map(({ code, hint }) => [code, hint]),
      [["FL120", "did you mean prod?"]],
    );
  });
});

describe("what a base completes", () => {
  const template = (spec: string) =>
    `apiVersion: fairlead.dev/v1alpha1\nkind: ContainerTemplate\nmetadata: {name: base, namespace: shop}\nspec: ${spec}\n---\n`;
  const extending = (container: string) =>
    `apiVersion: fairlead.dev/v1alpha1\nkind: App\nmetadata: {name: orders, namespace: shop}\nspec:\n  containers:\n    - ${container}\n`;

  test("a container may leave a required field to its template", async () => {
    const base = template(`{image: example/base:1, http: {port: 8080}, ${resources}}`);
    const compiled = await compileOne(base + extending("{name: orders, extends: base, http: {path: /healthz}}"));
    assert.deepEqual(errorsOf(compiled), []);
  });

  test("what is still missing when everything is merged is found", async () => {
    const base = template(`{image: example/base:1, ${resources}}`);
    const compiled = await compileOne(base + extending("{name: orders, extends: base, http: {path: /healthz}}"));
    assert.deepEqual(
      compiled.findings.map(({ code, field }) => [code, field]),
      [["FL052", ["spec", "containers", 0, "http"]]],
    );
  });

  test("a container that extends nothing gets no credit from its neighbour", async () => {
    const base = template(`{image: example/base:1, ${resources}}`);
    const two = `{name: orders, extends: base}\n    - {name: other, image: a, ${resources}, http: {path: /x}}`;
    assert.deepEqual(
      (await compileOne(base + extending(two))).findings.map(({ code }) => code),
      ["FL052"],
    );
  });
});

describe("an object that cannot be read", () => {
  const route = `---
apiVersion: fairlead.dev/v1alpha1
kind: Route
metadata: {name: orders, namespace: shop}
spec: {app: orders, hosts: [orders.example]}
`;

  test("is not missing to those that refer to it", async () => {
    const compiled = await compileOne(app("orders", "  scalling: {max: 3}\n") + route);
    assert.deepEqual(
      compiled.findings.map(({ code }) => code),
      ["FL050"],
    );
  });

  test("is not missing to those that extend it, however far", async () => {
    const template = (name: string, spec: string) =>
      `---\napiVersion: fairlead.dev/v1alpha1\nkind: ContainerTemplate\nmetadata: {name: ${name}, namespace: shop}\nspec: ${spec}\n`;
    const extending = app("orders", "      extends: near\n");
    const compiled = await compileOne(
      extending + template("near", "{extends: far}") + template("far", "{imagge: a}") + route,
    );
    assert.deepEqual(
      compiled.findings.map(({ code, object }) => `${code} ${object?.name}`),
      ["FL050 far"],
    );
  });
});

test("the functionConfig of a kustomization beside the declarations is left alone", async () => {
  const compiled = await compileOne(
    `${app("a")}---\napiVersion: fairlead.dev/v1alpha1\nkind: Render\nmetadata: {name: r}\n`,
  );
  assert.deepEqual(compiled.findings, []);
  assert.ok(objectsOf(compiled).includes("Deployment a"));
});

test("an App uses the ServiceAccount of the CloudIdentity of its name", async () => {
  const identity = `---\napiVersion: fairlead.dev/v1alpha1\nkind: CloudIdentity\nmetadata: {name: orders, namespace: shop}\nspec: {project: shop-prod}\n`;
  const compiled = await compileOne(app("orders") + identity);
  assert.deepEqual(errorsOf(compiled), []);
  const accounts = compiled.generated.filter(({ object }) => object.kind === "ServiceAccount");
  assert.deepEqual(
    accounts.map(({ owner }) => owner.kind),
    ["CloudIdentity"],
  );
});
