import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { Finding, KrmObject } from "@fairlead/krm";
import type { RouteSpec } from "../../kinds/route.ts";
import { appSpec, container, declare, worldOf, type Surroundings } from "../../../test/workloads/planning.ts";
import type { Declaration } from "../declaration.ts";
import { routePlanner } from "./route.ts";

const apps = [
  declare("App", appSpec({ containers: [container({ http: { port: 8000 }, grpc: { port: 5000 } })], partOf: "shop" })),
  declare("App", appSpec({ containers: [container({ name: "web", http: { port: 3000 } })] }), { name: "web" }),
  declare("App", appSpec({ containers: [container({ name: "worker" })] }), { name: "worker" }),
] as unknown as Declaration[];

function plan(spec: RouteSpec, around: Surroundings = {}) {
  const declaration = declare("Route", spec, { name: "public", ...around });
  const { desired, findings } = routePlanner.plan(declaration, worldOf(declaration, { declarations: apps, ...around }));
  return { desired, findings, codes: findings.map(({ code }) => code) };
}

function one(objects: readonly KrmObject[], kind: string): KrmObject & { spec: JsonObject } {
  const found = objects.filter((object) => object.kind === kind);
  assert.equal(found.length, 1, `one ${kind} among ${objects.map((object) => object.kind).join(", ")}`);
  return found[0] as KrmObject & { spec: JsonObject };
}

const ruleOf = (objects: readonly KrmObject[], index = 0) =>
  (one(objects, "IngressRoute").spec["routes"] as JsonObject[])[index]!;
const shop: RouteSpec = { app: "orders", hosts: ["shop.example"] };

describe("a Route", () => {
  test("leads to the Service and the port that the App has", () => {
    assert.deepEqual(ruleOf(plan(shop).desired)["services"], [{ name: "orders", port: 8000 }]);
    const service = appSpec({
      service: { name: "orders-svc", ports: [{ name: "http", port: 80, targetPort: "http" }] },
    });
    const declarations = [declare("App", service)] as unknown as Declaration[];
    assert.deepEqual(ruleOf(plan(shop, { declarations }).desired)["services"], [{ name: "orders-svc", port: 80 }]);
  });

  test("leads to an App of any workload", () => {
    for (const workload of ["StatefulSet", "DaemonSet", "Rollout"]) {
      const declarations = [declare("App", appSpec({ workload }))] as unknown as Declaration[];
      assert.deepEqual(ruleOf(plan(shop, { declarations }).desired)["services"], [{ name: "orders", port: 8000 }]);
    }
  });

  test("carries the application that its App is a part of", () => {
    assert.equal(one(plan(shop).desired, "IngressRoute").metadata.labels?.["app.kubernetes.io/part-of"], "shop");
  });

  test("without standard labels gives each object what is written for it", () => {
    const { desired } = plan({ ...shop, standardLabels: false, tls: false }, { metadata: { labels: { a: "b" } } });
    assert.deepEqual(one(desired, "IngressRoute").metadata, { name: "public", namespace: "shop", labels: { a: "b" } });
  });

  test("writes the hosts of a single rule without parentheses, and with a path in them", () => {
    const hosts = ["a.example", "b.example"];
    assert.equal(ruleOf(plan({ ...shop, hosts }).desired)["match"], "Host(`a.example`) || Host(`b.example`)");
    const { desired } = plan({ ...shop, hosts, routes: [{ path: "/x" }] });
    assert.equal(ruleOf(desired)["match"], "(Host(`a.example`) || Host(`b.example`)) && PathPrefix(`/x`)");
  });

  test("keeps a match as it was written, in parentheses where || stands in it", () => {
    const match = (text: string) => ruleOf(plan({ ...shop, routes: [{ match: text }] }).desired)["match"];
    assert.equal(match(" Path( `/a` )"), "Host(`shop.example`) && Path( `/a` )");
    assert.equal(match("Path(`/a`) || Path(`/b`)"), "Host(`shop.example`) && (Path(`/a`) || Path(`/b`))");
    assert.equal(
      match("Path(`/a`) && (Method(`GET`) || Method(`PUT`))"),
      "Host(`shop.example`) && Path(`/a`) && (Method(`GET`) || Method(`PUT`))",
    );
  });

  test("needs no App for a redirect", () => {
    const spec: RouteSpec = {
      hosts: ["shop.example"],
      entryPoints: ["web"],
      tls: false,
      middlewares: [{ redirect: { scheme: "https" } }],
    };
    const { desired, codes } = plan(spec);
    assert.deepEqual(codes, []);
    assert.deepEqual(ruleOf(desired)["services"], [{ kind: "TraefikService", name: "noop@internal" }]);
  });

  test("shares one Middleware among rules that want the same", () => {
    const routes = ["/a", "/b"].map((path) => ({ path, middlewares: [{ stripPrefix: ["/v1"] }] }));
    assert.equal(plan({ ...shop, routes }).desired.filter(({ kind }) => kind === "Middleware").length, 1);
  });

  test("asks the VPN first, whatever comes after", () => {
    const { desired } = plan({ ...shop, vpn: true, middlewares: [{ ref: { name: "compress" } }] });
    assert.deepEqual(ruleOf(desired)["middlewares"], [
      { name: "vpn-only", namespace: "traefik" },
      { name: "compress" },
    ]);
  });

  test("inside uses the inner doors", () => {
    assert.deepEqual(one(plan({ ...shop, internal: true }).desired, "IngressRoute").spec["entryPoints"], ["internal"]);
    const settings = {
      routes: { internalGateway: { name: "inner" }, gateway: { name: "outer" }, target: "gateway" as const },
    };
    const { desired } = plan({ ...shop, internal: true }, { settings });
    assert.deepEqual(one(desired, "HTTPRoute").spec["parentRefs"], [{ name: "inner" }]);
  });
});

describe("a Rollout behind a Route", () => {
  const rollout = (trafficRouter: "traefik" | "gateway") =>
    [
      declare(
        "App",
        appSpec({
          containers: [container({ http: { port: 8000 }, grpc: { port: 5000 } })],
          rollout: { trafficRouter, steps: [{ weight: 10 }] },
        }),
      ),
    ] as unknown as Declaration[];

  test("is split by Traefik's weighted service, and gRPC goes past it to its own port", () => {
    const { desired } = plan({ ...shop, grpc: { hosts: ["g.example"] } }, { declarations: rollout("traefik") });
    const [web, grpc] = desired.filter(({ kind }) => kind === "IngressRoute");
    assert.match(JSON.stringify(web), /"services":\[\{"kind":"TraefikService","name":"orders"\}\]/);
    assert.match(JSON.stringify(grpc), /"services":\[\{"name":"orders","port":5000,"scheme":"h2c"/);
  });

  test("is split by the weights of both Services in a Gateway's route", () => {
    const settings = { routes: { target: "gateway" as const, gateway: { name: "outer" } } };
    const { desired } = plan(shop, { declarations: rollout("gateway"), settings });
    assert.deepEqual((one(desired, "HTTPRoute").spec["rules"] as JsonObject[])[0]!["backendRefs"], [
      { name: "orders", port: 8000, weight: 100 },
      { name: "orders-canary", port: 8000, weight: 0 },
    ]);
  });

  test("is refused where its router is another than the Route's target", () => {
    const settings = { routes: { target: "gateway" as const, gateway: { name: "outer" } } };
    const { findings } = plan(shop, { declarations: rollout("traefik"), settings });
    assert.match(findings[0]!.hint ?? "", /trafficRouter: gateway/);
  });
});

describe("TLS", () => {
  const tlsOf = (spec: RouteSpec, around: Surroundings = {}) => {
    const { desired, codes } = plan(spec, around);
    const certificate = desired.find(({ kind }) => kind === "Certificate");
    return { tls: one(desired, "IngressRoute").spec["tls"], certificate: certificate?.["spec"], codes };
  };
  const issuerRef = (name: string, kind = "ClusterIssuer") => ({
    secretName: "public-tls",
    dnsNames: ["shop.example"],
    issuerRef: { name, kind },
  });

  test("comes from cert-manager when nobody says otherwise", () => {
    assert.deepEqual(tlsOf(shop), {
      tls: { secretName: "public-tls" },
      certificate: issuerRef("letsencrypt"),
      codes: [],
    });
  });
  test("comes from the Environment's issuer", () => {
    const settings = { routes: { issuer: { name: "ours", kind: "Issuer" as const } } };
    assert.deepEqual(tlsOf(shop, { settings }).certificate, issuerRef("ours", "Issuer"));
  });
  test("comes from the Environment's resolver", () => {
    const settings = { routes: { certResolver: "acme" } };
    assert.deepEqual(tlsOf(shop, { settings }), { tls: { certResolver: "acme" }, certificate: undefined, codes: [] });
  });
  test("comes from the Route's issuer, whatever the Environment has", () => {
    const settings = { routes: { certResolver: "acme" } };
    assert.deepEqual(tlsOf({ ...shop, tls: { issuer: "mine" } }, { settings }).certificate, issuerRef("mine"));
  });
  test("comes from a Secret, without a Certificate", () => {
    assert.deepEqual(tlsOf({ ...shop, tls: { secretName: "own" } }), {
      tls: { secretName: "own" },
      certificate: undefined,
      codes: [],
    });
  });
  test("is off when it says so", () => {
    assert.deepEqual(tlsOf({ ...shop, tls: false }), { tls: undefined, certificate: undefined, codes: [] });
  });
  test("without hosts uses the proxy's own certificate, when it is asked for", () => {
    const routes = [{ path: "/x" }];
    assert.deepEqual(tlsOf({ app: "orders", routes, tls: true }).tls, {});
    assert.equal(tlsOf({ app: "orders", routes }).tls, undefined);
    assert.deepEqual(tlsOf({ app: "orders", routes, tls: { issuer: "x" } }).codes, ["FL312"]);
  });
  test("from two places at once is refused", () => {
    assert.deepEqual(tlsOf({ ...shop, tls: { issuer: "x", certResolver: "y" } }).codes, ["FL312"]);
  });
});

describe("a load balancer", () => {
  test("names its ports apart where two lead to one", () => {
    const tcp = [{ port: "http" }, { port: "http", publicPort: 80 }];
    const { desired, codes } = plan({ app: "orders", expose: "loadBalancer", tcp });
    assert.deepEqual(codes, []);
    assert.deepEqual(one(desired, "Service").spec["ports"], [
      { name: "http", protocol: "TCP", port: 8000, targetPort: "http" },
      { name: "http-80", protocol: "TCP", port: 80, targetPort: "http" },
    ]);
  });

  test("stays inside by the annotation of its cloud", () => {
    const annotations = (loadBalancer: NonNullable<RouteSpec["loadBalancer"]>) =>
      one(plan({ app: "orders", expose: "loadBalancer", internal: true, loadBalancer }).desired, "Service").metadata
        .annotations;
    assert.deepEqual(annotations({ provider: "gcp" }), { "networking.gke.io/load-balancer-type": "Internal" });
    assert.deepEqual(annotations({ provider: "azure" }), {
      "service.beta.kubernetes.io/azure-load-balancer-internal": "true",
    });
    assert.deepEqual(annotations({ class: "service.k8s.aws/nlb" }), {
      "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal",
    });
    assert.equal(annotations({ class: "internal-metallb" }), undefined);
  });
});

describe("findings about Routes", () => {
  const gateway: Surroundings = { settings: { routes: { target: "gateway", gateway: { name: "outer" } } } };
  const ingress: Surroundings = { settings: { routes: { target: "ingress" } } };
  const cases: readonly {
    what: string;
    spec: RouteSpec;
    around?: Surroundings;
    code: string;
    severity?: Finding["severity"];
    says?: RegExp;
    hint?: RegExp;
    field?: readonly (string | number)[];
  }[] = [
    {
      what: "an App with a similar name",
      spec: { ...shop, app: "ordres" },
      code: "FL300",
      severity: "error",
      hint: /did you mean orders\?/,
      field: ["spec", "app"],
    },
    {
      what: "an App that is elsewhere",
      spec: { ...shop, app: "payments" },
      code: "FL300",
      severity: "warning",
      says: /no App payments in namespace shop/,
    },
    {
      what: "neither App nor Service",
      spec: { hosts: ["a.example"] },
      code: "FL300",
      severity: "error",
      hint: /`app`/,
    },
    { what: "both App and Service", spec: { ...shop, service: { name: "x", port: 1 } }, code: "FL319" },
    { what: "an App without ports", spec: { ...shop, app: "worker" }, code: "FL301", says: /worker has no/ },
    {
      what: "a port that no container has",
      spec: { ...shop, port: 9999 },
      code: "FL301",
      hint: /8000 \(http\), 5000 \(grpc\)/,
      field: ["spec", "port"],
    },
    {
      what: "a rule's port that nobody has",
      spec: { ...shop, routes: [{ path: "/x", port: "web" }] },
      code: "FL301",
      field: ["spec", "routes", 0, "port"],
    },
    { what: "a Service whose port is unknown", spec: { service: { name: "x" }, hosts: ["a.example"] }, code: "FL302" },
    {
      what: "a host that is none",
      spec: { ...shop, hosts: ["https://a.example"] },
      code: "FL303",
      field: ["spec", "hosts", 0],
    },
    {
      what: "an empty match",
      spec: { ...shop, routes: [{ match: "" }] },
      code: "FL304",
      says: /empty/,
      field: ["spec", "routes", 0, "match"],
    },
    {
      what: "a match that cannot be read",
      spec: { ...shop, routes: [{ match: "Pth(`/x`)" }] },
      code: "FL304",
      hint: /did you mean Path\?/,
    },
    {
      what: "a path without a slash",
      spec: { ...shop, routes: [{ path: "api" }] },
      code: "FL304",
      hint: /write \/api/,
    },
    {
      what: "an empty path",
      spec: { ...shop, routes: [{ path: "" }] },
      code: "FL304",
      field: ["spec", "routes", 0, "path"],
    },
    {
      what: "a rule for everything of everybody",
      spec: { app: "orders", routes: [{ vpn: true }] },
      code: "FL304",
      hint: /hosts/,
    },
    {
      what: "gRPC without a gRPC port",
      spec: { app: "web", grpc: { hosts: ["g.example"] } },
      code: "FL305",
      says: /grpc port was not found/,
    },
    {
      what: "gRPC to a port that is none",
      spec: { app: "orders", grpc: { hosts: ["g.example"], port: 1 } },
      code: "FL305",
      field: ["spec", "grpc", "port"],
    },
    {
      what: "gRPC without an internal domain",
      spec: { app: "orders", grpc: true },
      code: "FL318",
      hint: /internalDomain/,
    },
    { what: "nothing at all", spec: {}, code: "FL309" },
    { what: "an App and nothing else", spec: { app: "orders" }, code: "FL309" },
    { what: "an empty middleware", spec: { ...shop, middlewares: [{}] }, code: "FL310", hint: /stripPrefix/ },
    {
      what: "a middleware of two things",
      spec: { ...shop, middlewares: [{ addPrefix: "/x", stripPrefix: ["/y"] }] },
      code: "FL310",
    },
    { what: "half a redirect", spec: { ...shop, middlewares: [{ redirect: { regex: "x" } }] }, code: "FL310" },
    {
      what: "a redirect to nowhere",
      spec: { ...shop, middlewares: [{ redirect: { permanent: true } }] },
      code: "FL310",
    },
    {
      what: "TCP without an entry point",
      spec: { app: "orders", tcp: [{ port: "http" }] },
      code: "FL311",
      field: ["spec", "tcp", 0],
    },
    { what: "UDP without an entry point", spec: { service: { name: "x", port: 53 }, udp: [{}] }, code: "FL311" },
    { what: "TCP whose port is not clear", spec: { app: "orders", tcp: [{ entryPoints: ["x"] }] }, code: "FL302" },
    {
      what: "a range that is none",
      spec: { ...shop, middlewares: [{ allowList: ["vpn"] }] },
      code: "FL314",
      field: ["spec", "middlewares", 0, "allowList", 0],
    },
    {
      what: "a Service of another namespace",
      spec: { hosts: ["a.example"], service: { name: "x", namespace: "other", port: 80 } },
      code: "FL315",
      severity: "info",
    },
    {
      what: "a timeout with Traefik",
      spec: { ...shop, routes: [{ path: "/x", timeout: "5s" }] },
      code: "FL308",
      hint: /ServersTransport/,
    },
    { what: "a Gateway that is not known", spec: { ...shop, target: "gateway" }, code: "FL313" },
    { what: "the VPN with a Gateway", spec: { ...shop, vpn: true }, around: gateway, code: "FL308" },
    {
      what: "a rate limit with a Gateway",
      spec: { ...shop, middlewares: [{ rateLimit: { average: 1 } }] },
      around: gateway,
      code: "FL308",
      says: /rate limit/,
    },
    {
      what: "basic authentication with a Gateway",
      spec: { ...shop, middlewares: [{ basicAuth: { secret: "x" } }] },
      around: gateway,
      code: "FL308",
    },
    {
      what: "a negated match with a Gateway",
      spec: { ...shop, routes: [{ match: "!Path(`/x`)" }] },
      around: gateway,
      code: "FL308",
    },
    {
      what: "a prefix that is not the path's with a Gateway",
      spec: { ...shop, routes: [{ path: "/a", middlewares: [{ stripPrefix: ["/b"] }] }] },
      around: gateway,
      code: "FL308",
    },
    {
      what: "a resolver with a Gateway",
      spec: { ...shop, tls: { certResolver: "x" } },
      around: gateway,
      code: "FL308",
    },
    {
      what: "a Secret that the listener has to know",
      spec: { ...shop, tls: { secretName: "x" } },
      around: gateway,
      code: "FL316",
      severity: "info",
    },
    {
      what: "a Service port that is a name with a Gateway",
      spec: { hosts: ["a.example"], service: { name: "x", port: "web" } },
      around: gateway,
      code: "FL302",
    },
    {
      what: "a method with an Ingress",
      spec: { ...shop, routes: [{ path: "/x", methods: ["GET"] }] },
      around: ingress,
      code: "FL308",
    },
    {
      what: "weights with an Ingress",
      spec: { ...shop, routes: [{ path: "/x", backends: [{ app: "orders" }, { app: "web" }] }] },
      around: ingress,
      code: "FL308",
    },
    {
      what: "a middleware with an Ingress of an unknown class",
      spec: { ...shop, middlewares: [{ allowList: ["10.0.0.0/8"] }] },
      around: ingress,
      code: "FL308",
      hint: /class/,
    },
    {
      what: "two TCP rules of one name",
      spec: { app: "orders", entryPoints: ["x"], tcp: [{ port: "http" }, { port: 8000 }] },
      code: "FL322",
      field: ["spec", "tcp", 1],
    },
    {
      what: "one public port twice",
      spec: { app: "orders", expose: "loadBalancer", tcp: [{ port: "http" }, { port: "grpc", publicPort: 8000 }] },
      code: "FL323",
    },
    { what: "TCP with an Ingress", spec: { app: "orders", tcp: [{ port: "http" }] }, around: ingress, code: "FL308" },
    {
      what: "paths with a load balancer",
      spec: { app: "orders", expose: "loadBalancer", routes: [{ path: "/x" }] },
      code: "FL317",
      severity: "warning",
    },
    {
      what: "a load balancer for the VPN without ranges",
      spec: { app: "orders", expose: "loadBalancer", vpn: true },
      code: "FL321",
    },
    {
      what: "an internal load balancer of nobody knows whom",
      spec: { app: "orders", expose: "loadBalancer", internal: true },
      code: "FL320",
      severity: "warning",
    },
  ];
  for (const { what, spec, around, code, severity, says, hint, field } of cases) {
    test(`tell of ${what}`, () => {
      const { findings } = plan(spec, around);
      const found = findings.find((finding) => finding.code === code);
      assert.ok(
        found !== undefined,
        `${code} among ${findings.map((finding) => `${finding.code} ${finding.message}`).join("; ")}`,
      );
      if (severity !== undefined) assert.equal(found.severity, severity);
      if (says !== undefined) assert.match(found.message, says);
      if (hint !== undefined) assert.match(found.hint ?? "", hint);
      if (field !== undefined) assert.deepEqual(found.field, field);
      assert.ok(found.hint !== undefined, "every finding has a hint");
    });
  }

  test("stay out where nothing is wrong", () => {
    assert.deepEqual(
      plan({ ...shop, routes: [{ path: "/" }, { path: "/a" }], grpc: { hosts: ["g.example"] } }).codes,
      [],
    );
  });

  test("do not let a Route whose hosts are all wrong answer on every host", () => {
    assert.deepEqual(plan({ ...shop, hosts: ["*"], routes: [{ path: "/x" }] }).desired, []);
  });
});

describe("the predecessor's Routes", () => {
  const compat = { compat: true };
  const names = (desired: readonly KrmObject[]) => desired.map(({ kind, metadata }) => `${kind}/${metadata.name}`);

  test("have the names that they had", () => {
    const { desired } = plan({ ...shop, grpc: true }, compat);
    assert.deepEqual(names(desired), ["IngressRoute/orders-http", "IngressRoute/orders-grpc", "Certificate/orders"]);
    assert.match(JSON.stringify(desired), /Host\(`orders\.internal\.bukukas\.k8s`\)/);
    assert.deepEqual(one(desired, "Certificate").spec["secretName"], "orders-cert");
    assert.deepEqual(one(desired.slice(0, 1), "IngressRoute").spec["tls"], { secretName: "orders-cert" });
  });

  test("get the Service of the Deployment that they name, not of the last one, with each port once", () => {
    const deployment = (name: string, ports: JsonObject[]): KrmObject => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: "shop" },
      spec: { selector: { matchLabels: { app: name } }, template: { spec: { containers: [{ name: "c", ports }] } } },
    });
    const objects = [
      deployment("one", [
        { name: "https", containerPort: 8443 },
        { name: "grpc", containerPort: 5000 },
      ]),
      deployment("two", [{ name: "https", containerPort: 9443 }]),
    ];
    const { desired, codes } = plan({ app: "one", hosts: ["a.example"], grpc: true }, { ...compat, objects });
    assert.deepEqual(codes, []);
    const service = one(desired, "Service");
    assert.equal(service.metadata.name, "one");
    assert.deepEqual(service.spec, {
      ports: [
        { name: "https", port: 80, targetPort: "https" },
        { name: "grpc", port: 5000, targetPort: "grpc" },
      ],
      selector: { app: "one" },
    });
    assert.match(JSON.stringify(desired[1]), /"port":5000,"scheme":"h2c"/);
  });
});
