import assert from "node:assert/strict";
import { test } from "node:test";
import { flattenLists, parseStream, type KrmObject } from "@fairlead/krm";
import { roundTrip } from "./compare.ts";

const app = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1"}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}, {name: raw, port: 9000}]}
---
`;

interface Case {
  readonly name: string;
  readonly input: string;
  /** The spec of the Route, or undefined when the object stays. */
  readonly route: unknown;
  /** Kinds that stay. */
  readonly untouched?: readonly string[];
}

const ingressRoute = (spec: string, name = "web") => `
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: ${name}, namespace: shop}
spec: ${spec}
`;
const middleware = (name: string, spec: string, metadata = "") => `
---
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: {name: ${name}, namespace: shop${metadata}}
spec: ${spec}
`;
const toWeb = "services: [{name: web, port: 80}]";

const cases: readonly Case[] = [
  {
    name: "an IngressRoute without TLS",
    input: ingressRoute(
      "{entryPoints: [web], routes: [{match: Host(`a.example`), kind: Rule, services: [{name: web, port: 80}]}]}",
    ),
    route: { standardLabels: false, app: "web", hosts: ["a.example"], entryPoints: ["web"], tls: false },
  },
  {
    name: "an IngressRoute with Traefik's default certificate",
    input: ingressRoute(
      `{entryPoints: [websecure], routes: [{match: Host(\`a.example\`) && PathPrefix(\`/x\`), kind: Rule, ${toWeb}}], tls: {}}`,
    ),
    route: { standardLabels: false, app: "web", hosts: ["a.example"], routes: [{ path: "/x" }], tls: { hosts: [] } },
  },
  {
    name: "an IngressRoute with a resolver and several rules",
    input: ingressRoute(
      `{entryPoints: [websecure], routes: [{match: Host(\`a.example\`), kind: Rule, priority: 5, ${toWeb}}, {match: "Host(\`b.example\`) && !Path(\`/x\`)", kind: Rule, services: [{name: web, port: 9000}]}], tls: {certResolver: le}}`,
    ),
    route: {
      standardLabels: false,
      app: "web",
      routes: [
        { hosts: ["a.example"], port: 80, priority: 5 },
        { match: "Host(`b.example`) && !Path(`/x`)", port: 9000 },
      ],
      tls: { certResolver: "le" },
    },
  },
  {
    name: "an IngressRoute to a Service that no App has, with another spelling of its rule",
    input: ingressRoute(
      "{entryPoints: [websecure], routes: [{match: 'Host(`a.example`)&&PathPrefix(`/x`)', kind: Rule, services: [{name: other, namespace: else, port: http, scheme: h2c}]}], tls: {secretName: cert}}",
    ),
    route: {
      standardLabels: false,
      service: { name: "other", namespace: "else", port: "http", scheme: "h2c" },
      routes: [{ match: "Host(`a.example`)&&PathPrefix(`/x`)" }],
      tls: { secretName: "cert" },
    },
  },
  {
    name: "an IngressRoute with weights and a sticky cookie",
    input: ingressRoute(
      "{entryPoints: [websecure], routes: [{match: Host(`a.example`), kind: Rule, services: [{name: web, port: 80, weight: 9, sticky: {cookie: {name: c}}}, {name: old, port: 80, weight: 1, sticky: {cookie: {name: c}}}]}]}",
    ),
    route: {
      standardLabels: false,
      hosts: ["a.example"],
      routes: [
        {
          backends: [
            { service: { name: "web", port: 80 }, weight: 9 },
            { service: { name: "old", port: 80 }, weight: 1 },
          ],
          sticky: { name: "c" },
        },
      ],
      tls: false,
    },
  },
  {
    name: "an IngressRoute with a fallback for errors",
    input: ingressRoute(
      "{entryPoints: [websecure], routes: [{match: Host(`a.example`), kind: Rule, syntax: v2, services: [{name: web, port: 80}]}]}",
    ),
    route: undefined,
    untouched: ["IngressRoute"],
  },
  {
    name: "middlewares that only this route uses",
    input:
      ingressRoute(
        `{entryPoints: [websecure], routes: [{match: Host(\`a.example\`), kind: Rule, ${toWeb}, middlewares: [{name: strip}, {name: limit}, {name: shared, namespace: traefik}]}]}`,
      ) +
      middleware("strip", "{stripPrefix: {prefixes: [/x]}}") +
      middleware("limit", "{rateLimit: {average: 10, burst: 20}}"),
    route: {
      standardLabels: false,
      app: "web",
      hosts: ["a.example"],
      tls: false,
      middlewares: [
        { name: "strip", stripPrefix: ["/x"] },
        { name: "limit", rateLimit: { average: 10, burst: 20 } },
        { ref: { name: "shared", namespace: "traefik" } },
      ],
    },
  },
  {
    name: "a middleware that two routes use, and one with labels",
    input:
      ingressRoute(
        `{entryPoints: [websecure], routes: [{match: Host(\`a.example\`), kind: Rule, ${toWeb}, middlewares: [{name: shared}, {name: labelled}]}]}`,
      ) +
      "---" +
      ingressRoute(
        `{entryPoints: [websecure], routes: [{match: Host(\`b.example\`), kind: Rule, ${toWeb}, middlewares: [{name: shared}]}]}`,
        "other",
      ) +
      middleware("shared", "{compress: {}}") +
      middleware("labelled", "{compress: {}}", ", labels: {a: b}"),
    route: {
      standardLabels: false,
      app: "web",
      hosts: ["a.example"],
      tls: false,
      middlewares: [{ ref: { name: "shared" } }, { ref: { name: "labelled" } }],
    },
    untouched: ["Middleware", "Middleware"],
  },
  {
    name: "a TCP route beside an HTTP route of the same name",
    input:
      ingressRoute(`{entryPoints: [websecure], routes: [{match: Host(\`a.example\`), kind: Rule, ${toWeb}}]}`) +
      `---
apiVersion: traefik.io/v1alpha1
kind: IngressRouteTCP
metadata: {name: web, namespace: shop}
spec: {entryPoints: [raw], routes: [{match: HostSNI(\`*\`), services: [{name: web, port: 9000}]}]}
`,
    route: {
      standardLabels: false,
      app: "web",
      hosts: ["a.example"],
      tls: false,
      tcp: [{ port: 9000, entryPoints: ["raw"] }],
    },
  },
  {
    name: "a TCP route with server names",
    input: `
apiVersion: traefik.io/v1alpha1
kind: IngressRouteTCP
metadata: {name: web, namespace: shop, labels: {a: b}}
spec: {entryPoints: [raw], routes: [{match: HostSNI(\`a.example\`), services: [{name: web, port: 9000}]}], tls: {passthrough: true}}
`,
    route: { standardLabels: false, app: "web", tcp: [{ port: 9000, entryPoints: ["raw"], sni: ["a.example"] }] },
  },
  {
    name: "a UDP route",
    input: `
apiVersion: traefik.io/v1alpha1
kind: IngressRouteUDP
metadata: {name: dns, namespace: shop}
spec: {entryPoints: [dns], routes: [{services: [{name: resolver, port: 53}]}]}
`,
    route: { standardLabels: false, service: { name: "resolver", port: 53 }, udp: [{ entryPoints: ["dns"] }] },
  },
  {
    name: "an Ingress with TLS",
    input: `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop, annotations: {cert-manager.io/cluster-issuer: le}}
spec:
  ingressClassName: nginx
  tls: [{hosts: [a.example, b.example], secretName: web-tls}]
  rules:
  - {host: a.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}
  - {host: b.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}
`,
    route: {
      target: "ingress",
      standardLabels: false,
      app: "web",
      hosts: ["a.example", "b.example"],
      ingressClass: "nginx",
      tls: { secretName: "web-tls" },
    },
  },
  {
    name: "an Ingress with different paths of its hosts",
    input: `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  ingressClassName: internal
  rules:
  - {host: a.example, http: {paths: [{path: /api, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}, {path: /exact, pathType: Exact, backend: {service: {name: web, port: {number: 9000}}}}]}}
  - {host: b.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}
`,
    route: {
      target: "ingress",
      standardLabels: false,
      app: "web",
      routes: [
        { hosts: ["a.example"], path: "/api", port: 80 },
        { hosts: ["a.example"], path: "/exact", pathType: "Exact", port: 9000 },
        { hosts: ["b.example"], port: 80 },
      ],
      ingressClass: "internal",
      tls: false,
    },
  },
  {
    name: "an Ingress with a default backend",
    input: `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
`,
    route: undefined,
    untouched: ["Ingress"],
  },
  {
    name: "an HTTPRoute",
    input: `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: public, namespace: infra}]
  hostnames: [a.example]
  rules:
  - {matches: [{path: {type: PathPrefix, value: /api}, method: GET, headers: [{name: X-A, value: "1"}]}], backendRefs: [{name: web, port: 80}], timeouts: {request: 5s}}
  - {backendRefs: [{name: web, port: 9000}]}
`,
    route: {
      target: "gateway",
      standardLabels: false,
      gateway: { name: "public", namespace: "infra" },
      app: "web",
      hosts: ["a.example"],
      routes: [{ path: "/api", headers: { "X-A": "1" }, methods: ["GET"], port: 80, timeout: "5s" }, { port: 9000 }],
    },
  },
  {
    name: "an HTTPRoute with filters",
    input: `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: public}]
  rules: [{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: x, port: 80}}}], backendRefs: [{name: web, port: 80}]}]
`,
    route: undefined,
    untouched: ["HTTPRoute"],
  },
  {
    name: "a GRPCRoute",
    input: `
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: calls-grpc, namespace: shop}
spec:
  parentRefs: [{name: internal}]
  hostnames: [calls.internal.example]
  rules: [{matches: [{method: {service: shop.Orders}}], backendRefs: [{name: other, port: 5000}]}]
`,
    route: {
      target: "gateway",
      standardLabels: false,
      gateway: { name: "internal" },
      service: { name: "other", port: 5000 },
      grpc: { hosts: ["calls.internal.example"], internal: false, service: "shop.Orders", tls: false },
    },
  },
];

for (const { name, input, route, untouched } of cases) {
  test(`imports ${name}`, async () => {
    const { documents, findings } = parseStream(app + input, { file: "input.yaml" });
    assert.deepEqual(findings, []);
    const objects = flattenLists(documents).map(({ value }) => value as KrmObject);
    const result = await roundTrip(objects);
    assert.deepEqual(result.differences, []);
    assert.deepEqual(result.errors, []);
    const routes = result.imported.declarations.filter(
      ({ kind, metadata }) => kind === "Route" && metadata.name !== "other",
    );
    assert.deepEqual(routes[0]?.["spec"], route, JSON.stringify(result.imported.findings, null, 1));
    assert.deepEqual(
      result.imported.untouched.map(({ kind }) => kind),
      untouched ?? [],
    );
    if (route === undefined)
      assert.equal(
        result.imported.findings.some(({ code, message }) => code === "FL501" && message.includes("Route cannot say")),
        true,
      );
  });
}
