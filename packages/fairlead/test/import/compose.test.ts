import assert from "node:assert/strict";
import { test } from "node:test";
import { get, valueAt, type JsonValue } from "@fairlead/apimachinery";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { importCompose, type ComposeImport } from "../../src/import/compose/compose.ts";
import { render } from "./compare.ts";
import { app, at, declaration, places, read } from "./compose-read.ts";

test("env files become ConfigMaps, in the order in which later ones win", async () => {
  const files = { "base.env": "A=1\nB=2\n", "conf/more.env": "B=3\nDB_PASSWORD=x\n" };
  const result = read(
    app("env_file: [base.env, {path: ./conf/more.env}, {path: none.env, required: false}, missing.env]"),
    files,
  );
  assert.deepEqual(at(declaration(result, "App", "web"), "containers", 0, "configs"), ["base-env", "more-env"]);
  assert.deepEqual(
    result.objects.map((object) => [object.metadata.name, object["data"]]),
    [
      ["base-env", { A: "1", B: "2" }],
      ["more-env", { B: "3", DB_PASSWORD: "x" }],
    ],
  );
  assert.deepEqual(places(result.findings, "FL559"), ["FL559:4"]);
  assert.match(result.findings.find(({ code }) => code === "FL566")!.message, /DB_PASSWORD/);
});

test("a volume of one service becomes its claim, a shared one a claim of its own", async () => {
  const result = read(`
services:
  db: {image: "postgres:16", user: "999", volumes: ["data:/var/lib/postgresql/data"]}
  a: {image: "a:1", volumes: ["shared:/a", "cache:/c"]}
  b: {image: "b:1", volumes: [{type: volume, source: shared, target: /b, read_only: true, volume: {subpath: x}}], deploy: {replicas: 2}}
  c: {image: "c:1", deploy: {replicas: 2}, volumes: ["many:/m", "/anonymous", "ext:/e"]}
volumes:
  data:
  shared: {driver: rexray}
  cache: {driver_opts: {type: tmpfs}}
  many:
  ext: {external: true, name: real_name}
`);
  const db = declaration(result, "App", "db");
  assert.equal(at(db, "workload"), "StatefulSet");
  assert.deepEqual(at(db, "volumeClaimTemplates", 0, "metadata"), { name: "data" });
  assert.deepEqual(at(db, "securityContext"), { fsGroup: 999 });
  assert.equal(at(declaration(result, "App", "a"), "workload"), undefined);
  assert.deepEqual(at(declaration(result, "App", "a"), "volumes"), [
    { name: "shared", persistentVolumeClaim: { claimName: "shared" } },
    { name: "cache", emptyDir: { medium: "Memory" } },
  ]);
  assert.deepEqual(at(declaration(result, "App", "b"), "containers", 0, "volumeMounts"), [
    { name: "shared", mountPath: "/b", subPath: "x", readOnly: true },
  ]);
  assert.deepEqual(at(declaration(result, "App", "c"), "volumes"), [
    { name: "many", persistentVolumeClaim: { claimName: "many" } },
    { name: "anonymous", emptyDir: {} },
    { name: "ext", persistentVolumeClaim: { claimName: "real-name" } },
  ]);
  const modes = result.objects.map((object) => [
    object.kind,
    object.metadata.name,
    valueAt(object, ["spec", "accessModes", 0]),
  ]);
  assert.deepEqual(modes, [
    ["PersistentVolumeClaim", "many", "ReadWriteMany"],
    ["PersistentVolumeClaim", "shared", "ReadWriteMany"],
  ]);
  assert.deepEqual(places(result.findings, "FL569").length, 2);
  assert.deepEqual(places(result.findings, "FL554"), ["FL554:9"]);
  assert.deepEqual((await render([...result.declarations, ...result.objects])).errors, []);
});

test("a file that is only read becomes a ConfigMap; other bind mounts are reported", () => {
  const result = read(
    app(
      'volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro", "./html:/html", "/var/run/docker.sock:/var/run/docker.sock"]',
    ),
    { "nginx.conf": "events {}\n" },
  );
  assert.deepEqual(at(declaration(result, "App", "web"), "containers", 0, "volumeMounts"), [
    { name: "nginx-conf", mountPath: "/etc/nginx/nginx.conf", subPath: "nginx.conf", readOnly: true },
  ]);
  assert.deepEqual(
    result.objects.map((object) => object["data"]),
    [{ "nginx.conf": "events {}\n" }],
  );
  assert.deepEqual(places(result.findings, "FL556"), ["FL556:4", "FL556:4"]);
});

test("configs become ConfigMaps, secrets are referred to and never read", () => {
  const text = `
services:
  web:
    image: web:1
    configs: [plain, {source: file, target: /etc/x.yaml, mode: 0440}, ext, none]
    secrets: [key, {source: token, target: /etc/token, mode: 256}]
configs:
  plain: {content: "a: 1"}
  file: {file: ./x.yaml}
  ext: {external: true, name: real}
secrets:
  key: {file: ./key.txt}
  token: {environment: TOKEN}
`;
  const asked: string[] = [];
  const result = importCompose(text, {
    file: "compose.yaml",
    read: (path) => {
      asked.push(path);
      return path === "x.yaml" ? "x" : undefined;
    },
    variables: { TOKEN: "do-not-print" },
  });
  assert.deepEqual(
    result.objects.map((object) => [object.metadata.name, object["data"]]),
    [
      ["file", { file: "x" }],
      ["plain", { plain: "a: 1" }],
    ],
  );
  const mounts = at(declaration(result, "App", "web"), "containers", 0, "volumeMounts") as JsonValue[];
  assert.deepEqual(
    mounts.map((mount) => get(mount, "mountPath")),
    ["/plain", "/etc/x.yaml", "/ext", "/run/secrets/key", "/etc/token"],
  );
  const volumes = at(declaration(result, "App", "web"), "volumes") as JsonValue[];
  assert.deepEqual(volumes[1], { name: "file", configMap: { name: "file", defaultMode: 288 } });
  assert.deepEqual(volumes[2], { name: "ext", configMap: { name: "real" } });
  assert.deepEqual(volumes[4], { name: "token", secret: { secretName: "token", defaultMode: 256 } });
  assert.deepEqual(asked, ["x.yaml"]);
  assert.doesNotMatch(JSON.stringify(result), /do-not-print/);
  assert.deepEqual(places(result.findings, "FL560"), ["FL560:12", "FL560:13"]);
  assert.deepEqual(places(result.findings, "FL563"), ["FL563:5"]);
});

test("a service that ends becomes a Task, unless somebody is told how to reach it", () => {
  const result = read(`
services:
  migrate: {image: "m:1", restart: "no"}
  retry: {image: "m:1", restart: "on-failure:3"}
  swarm: {image: "m:1", deploy: {mode: replicated-job, replicas: 4}}
  seed: {image: "m:1"}
  web: {image: "w:1", restart: "no", ports: ["80:80"], depends_on: {seed: {condition: service_completed_successfully}, db: {condition: service_started}}}
  db: {image: "registry.example/team/postgres:16@sha256:0000", restart: "no"}
  own: {image: "own:1"}
  user: {image: "u:1", links: ["own:alias"]}
`);
  const kinds = Object.fromEntries(result.declarations.map(({ kind, metadata }) => [metadata.name!, kind]));
  assert.deepEqual(kinds, {
    db: "App",
    migrate: "Task",
    own: "App",
    retry: "Task",
    seed: "Task",
    swarm: "Task",
    user: "App",
    web: "App",
  });
  assert.deepEqual(
    [
      at(declaration(result, "Task", "migrate"), "restartPolicy"),
      at(declaration(result, "Task", "migrate"), "backoffLimit"),
    ],
    ["Never", 0],
  );
  assert.equal(at(declaration(result, "Task", "retry"), "backoffLimit"), 3);
  assert.equal(at(declaration(result, "Task", "swarm"), "completions"), 4);
  assert.deepEqual(at(declaration(result, "App", "db"), "containers", 0, "ports"), [
    { name: "tcp-5432", containerPort: 5432 },
  ]);
  assert.deepEqual(places(result.findings, "FL570"), ["FL570:8"]);
  assert.deepEqual(places(result.findings, "FL571"), ["FL571:9"]);
  assert.deepEqual(places(result.findings, "FL558"), ["FL558:7"]);
});

test("variables come from what is given and from nowhere else", () => {
  process.env["FAIRLEAD_TEST_LEAK"] = "leaked";
  try {
    const text = app(
      'working_dir: ${DIR:-/srv}\nhostname: "${NAME}"\nenvironment:\n  - A=${FAIRLEAD_TEST_LEAK}\n  - B=$${NOT}\n  - FAIRLEAD_TEST_LEAK',
    );
    const result = read(text, {}, { variables: { NAME: "given" } });
    const web = declaration(result, "App", "web");
    assert.deepEqual([at(web, "containers", 0, "workingDir"), at(web, "hostname")], ["/srv", "given"]);
    assert.deepEqual(at(web, "containers", 0, "env"), [
      { name: "A", value: "" },
      { name: "B", value: "${NOT}" },
    ]);
    assert.deepEqual(places(result.findings, "FL551"), ["FL551:7", "FL551:6"]);
  } finally {
    delete process.env["FAIRLEAD_TEST_LEAK"];
  }
  const required = read(app("hostname: ${NAME:?say who}"));
  assert.match(required.findings.find(({ code }) => code === "FL552")!.message, /NAME is required: say who/);
});

test("extends merges services of this file and of others, whose paths start from there", () => {
  const files = {
    "base/common.yaml":
      'services:\n  base:\n    image: base:1\n    env_file: ./common.env\n    environment: {A: "1", B: "2"}\n    volumes: ["./x.conf:/x.conf:ro"]\n',
    "base/common.env": "C=3\n",
    "base/x.conf": "x\n",
  };
  const result = read(
    "services:\n  web:\n    extends: {file: base/common.yaml, service: base}\n    environment: [B=9]\n  child: {extends: web, image: child:1}\n  lost: {extends: nobody, image: l:1}\n  loop: {extends: loop2, image: l:1}\n  loop2: {extends: loop}\n",
    files,
  );
  const web = declaration(result, "App", "web");
  assert.equal(at(web, "containers", 0, "image"), "base:1");
  assert.deepEqual(at(web, "containers", 0, "env"), [
    { name: "A", value: "1" },
    { name: "B", value: "9" },
  ]);
  assert.deepEqual(at(web, "containers", 0, "configs"), ["common-env"]);
  assert.equal(at(declaration(result, "App", "child"), "containers", 0, "image"), "child:1");
  assert.deepEqual(result.objects.map((object) => object.metadata.name).sort(), ["child-x-conf", "common-env"]);
  assert.deepEqual([...new Set(places(result.findings, "FL562"))], ["FL562:6", "FL562:8", "FL562:7"]);
});

test("includes other files, and leaves out services of profiles that nobody asked for", () => {
  const files = {
    "more/compose.yaml": "services:\n  extra: {image: 'e:1'}\n  debug: {image: 'd:1', profiles: [dev]}\n",
  };
  const text = "include: [more/compose.yaml, {path: missing.yaml}]\nservices:\n  web: {image: 'w:1'}\n";
  const names = (result: ComposeImport) => result.declarations.map(({ metadata }) => metadata.name);
  const plain = read(text, files);
  assert.deepEqual(names(plain), ["extra", "web"]);
  assert.deepEqual(
    plain.findings.filter(({ code }) => code === "FL561").map(({ file, line }) => [file, line]),
    [["more/compose.yaml", 3]],
  );
  assert.deepEqual(places(plain.findings, "FL559"), ["FL559:1"]);
  assert.deepEqual(names(read(text, files, { profiles: ["dev"] })), ["debug", "extra", "web"]);
});

test("names that a cluster does not allow are changed, and never two to one", () => {
  const result = read(
    "name: My_Shop\nservices:\n  My_App: {image: 'a:1'}\n  my-app: {image: 'b:1'}\n  1up: {build: .}\n",
  );
  assert.deepEqual(
    result.declarations.map(({ metadata }) => metadata.name),
    ["app-1up", "my-app"],
  );
  assert.deepEqual(
    result.declarations.map((one) => at(one, "partOf")),
    ["my-shop", "my-shop"],
  );
  assert.deepEqual(places(result.findings, "FL572"), ["FL572:4"]);
  assert.deepEqual(places(result.findings, "FL565"), ["FL565:3", "FL565:5"]);
  assert.equal(at(declaration(result, "App", "app-1up"), "containers", 0, "image"), "my-shop-app-1up:latest");
  assert.deepEqual(places(result.findings, "FL553"), ["FL553:5"]);
});

test("Traefik's labels become Routes", async () => {
  const result = read(`
services:
  web:
    image: web:1
    expose: ["8080", "9090"]
    labels:
      traefik.enable: "true"
      traefik.http.routers.web.rule: Host(\`a.example\`) && PathPrefix(\`/x\`)
      traefik.http.routers.web.entrypoints: websecure
      traefik.http.routers.web.tls.certresolver: le
      traefik.http.routers.web.middlewares: strip@docker, cors, auth, rate, sso@file
      traefik.http.routers.web.service: main
      traefik.http.services.main.loadbalancer.server.port: "8080"
      traefik.http.services.main.loadbalancer.healthcheck.path: /h
      traefik.http.routers.plain.rule: Host(\`a.example\`) || Host(\`b.example\`)
      traefik.http.routers.plain.entrypoints: web
      traefik.http.routers.plain.middlewares: https
      traefik.http.routers.plain.service: main
      traefik.http.middlewares.https.redirectscheme.scheme: https
      traefik.http.middlewares.https.redirectscheme.permanent: "true"
      traefik.http.middlewares.strip.stripprefix.prefixes: /x
      traefik.http.middlewares.cors.headers.accessControlAllowOriginList: https://a.example,https://b.example
      traefik.http.middlewares.auth.basicauth.users: someone:hash
      traefik.tcp.routers.raw.rule: HostSNI(\`*\`)
      traefik.tcp.routers.raw.entrypoints: raw
      traefik.tcp.services.raw.loadbalancer.server.port: "9090"
  other:
    image: other:1
    labels:
      - traefik.http.middlewares.rate.ratelimit.average=10
      - traefik.http.middlewares.rate.ratelimit.burst=20
  off: {image: "off:1", labels: ["traefik.enable=false", "traefik.http.routers.off.rule=Host(\`c.example\`)"]}
`);
  const routes = result.declarations.filter(({ kind }) => kind === "Route");
  assert.deepEqual(
    routes.map(({ metadata, spec }) => [metadata.name, spec]),
    [
      [
        "web",
        {
          app: "web",
          hosts: ["a.example"],
          routes: [
            {
              path: "/x",
              port: 8080,
              middlewares: [
                { name: "web-strip", stripPrefix: ["/x"] },
                { name: "web-cors", cors: { origins: ["https://a.example", "https://b.example"] } },
                { name: "web-auth", basicAuth: { secret: "auth" } },
                { name: "web-rate", rateLimit: { average: 10, burst: 20 } },
              ],
            },
          ],
          tls: { certResolver: "le" },
        },
      ],
      [
        "web-plain",
        {
          app: "web",
          hosts: ["a.example", "b.example"],
          routes: [
            { port: 8080, middlewares: [{ name: "web-https", redirect: { scheme: "https", permanent: true } }] },
          ],
          entryPoints: ["web"],
          tls: false,
        },
      ],
      ["web-raw", { app: "web", tcp: [{ port: 9090, entryPoints: ["raw"] }] }],
    ],
  );
  assert.deepEqual(places(result.findings, "FL567"), ["FL567:14", "FL567:11"]);
  assert.equal(places(result.findings, "FL560").length, 1);
  const { errors, rendered } = await render([...result.declarations, ...result.objects]);
  assert.deepEqual(errors, []);
  assert.equal(rendered.filter(({ kind }) => kind === "IngressRoute").length, 2);
});

test("what is no Compose file is reported at its place", () => {
  const codes = (text: string) => read(text).findings.map(({ code, line }) => `${code}:${line}`);
  assert.deepEqual(codes("[]"), ["FL550:1"]);
  assert.deepEqual(codes("services: []"), ["FL550:1"]);
  assert.deepEqual(codes("services:\n  web: 3"), ["FL550:2"]);
  assert.deepEqual(codes("a: 1\n---\nb: 2"), ["FL550:1"]);
  assert.equal(codes("services: {a: [}").length, 1);
  assert.deepEqual(codes("services: {}\nmodels: {m: {model: x}}"), ["FL554:2"]);
});

const junk = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<JsonValue>(null, true, -1, 0, 80, "", "a", "a:b:c", "${X", "$X", "host", "80:80", "__proto__"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom("a", "source", "target", "test", "limits", "condition", "service", "__proto__"),
      tie("value"),
      { maxKeys: 3 },
    ) as fc.Arbitrary<JsonValue>,
  ),
})).value;

test("no service, however strange, makes it throw", () => {
  const fields =
    "annotations build cap_add cap_drop command configs cpus deploy depends_on dns entrypoint env_file environment expose extends extra_hosts group_add healthcheck hostname image labels links mem_limit network_mode networks ports post_start profiles restart secrets security_opt sysctls tmpfs user volumes".split(
      " ",
    );
  const service = fc.dictionary(fc.constantFrom(...fields), junk, { maxKeys: 6 });
  fc.assert(
    fc.property(service, service, junk, (a, b, top) => {
      const text = JSON.stringify({
        services: { a, b, __proto__x: a },
        volumes: top,
        configs: top,
        secrets: top,
        include: top,
      });
      const { findings } = read(text);
      assert.equal(Array.isArray(findings), true);
    }),
    runs(300),
  );
});
