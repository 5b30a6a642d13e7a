import { Duration, Either, IntOrString, Open, StringEnum, StringMap, Type, type Static } from "./schema.ts";

/** A name of an object, or a part of one. */
const objectName = (description: string) =>
  Type.String({ pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", maxLength: 63, description });
const port = (description: string) => IntOrString({ description });
const ranges = (description: string) => Type.Array(Type.String(), { description });

export const GatewayReference = Type.Object(
  { name: Type.String(), namespace: Type.Optional(Type.String()), sectionName: Type.Optional(Type.String()) },
  { description: "The Gateway, instead of the Environment's." },
);

export const ServiceBackend = Type.Object(
  {
    name: Type.String(),
    namespace: Type.Optional(Type.String({ description: "The Route's namespace unless said otherwise." })),
    port: Type.Optional(port("The port's number or name.")),
    scheme: Type.Optional(
      StringEnum(["http", "https", "h2c"], {
        description: "How the proxy speaks to the Service; http unless said otherwise.",
      }),
    ),
  },
  { description: "A Service that is not an App's. This, or `app`." },
);
export type ServiceBackend = Static<typeof ServiceBackend>;

const StickyCookie = Type.Object(
  {
    name: Type.Optional(Type.String()),
    secure: Type.Optional(Type.Boolean()),
    httpOnly: Type.Optional(Type.Boolean()),
    sameSite: Type.Optional(StringEnum(["none", "lax", "strict"])),
    maxAge: Type.Optional(Type.Integer({ minimum: 0, description: "Seconds." })),
  },
  { description: "A cookie that keeps a client at one pod." },
);

/** Something that happens to a request; exactly one of the fields beside `name` is given. */
export const RouteMiddleware = Type.Object(
  {
    name: Type.Optional(objectName("The name of the Middleware that is made; ROUTE-KIND unless said otherwise.")),
    ref: Type.Optional(
      Type.Object(
        { name: Type.String(), namespace: Type.Optional(Type.String()) },
        { description: "A Middleware that exists (for a Gateway: an extension filter of Traefik)." },
      ),
    ),
    allowList: Type.Optional(ranges("Address ranges that may come in.")),
    headers: Type.Optional(
      Type.Object(
        {
          request: Type.Optional(StringMap({ description: "Set on the request; an empty value removes the header." })),
          response: Type.Optional(
            StringMap({ description: "Set on the response; an empty value removes the header." }),
          ),
        },
        { description: "Headers that are set or removed." },
      ),
    ),
    cors: Type.Optional(
      Type.Object(
        {
          origins: Type.Optional(ranges("Origins that may call; `*` is all.")),
          methods: Type.Optional(Type.Array(Type.String())),
          headers: Type.Optional(Type.Array(Type.String())),
          exposeHeaders: Type.Optional(Type.Array(Type.String())),
          credentials: Type.Optional(Type.Boolean()),
          maxAge: Type.Optional(
            Type.Integer({ minimum: 0, description: "Seconds that a browser may keep the answer." }),
          ),
        },
        { description: "Cross-origin requests." },
      ),
    ),
    stripPrefix: Type.Optional(ranges("Path prefixes that are cut off.")),
    addPrefix: Type.Optional(
      Type.String({ title: "a path that begins with /", pattern: "^/", description: "Put before the path." }),
    ),
    replacePath: Type.Optional(
      Type.String({ title: "a path that begins with /", pattern: "^/", description: "The path that the App sees." }),
    ),
    redirect: Type.Optional(
      Type.Object(
        {
          scheme: Type.Optional(StringEnum(["http", "https"])),
          port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535 })),
          host: Type.Optional(Type.String({ description: "To another host, with the same path." })),
          regex: Type.Optional(Type.String({ description: "What of the whole URL is replaced (Go's syntax)." })),
          replacement: Type.Optional(Type.String({ description: "What takes its place; ${1} is the first group." })),
          permanent: Type.Optional(Type.Boolean({ description: "301 or 308 instead of 302 or 307." })),
        },
        { description: "An answer that sends the client elsewhere: a scheme, a host, or a regular expression." },
      ),
    ),
    basicAuth: Type.Optional(
      Type.Object(
        {
          secret: Type.String({
            description:
              "The Secret with users and passwords in htpasswd's format: its key is `users` for Traefik, `auth` for an Ingress of nginx.",
          }),
          realm: Type.Optional(Type.String()),
          removeHeader: Type.Optional(Type.Boolean()),
        },
        { description: "A user name and password." },
      ),
    ),
    rateLimit: Type.Optional(
      Type.Object(
        {
          average: Type.Integer({
            minimum: 0,
            description: "Requests per period that one client may send; 0 is no limit.",
          }),
          period: Type.Optional(Duration({ description: "1s unless said otherwise." })),
          burst: Type.Optional(
            Type.Integer({ minimum: 0, description: "Requests that may come at once; 1 unless said otherwise." }),
          ),
          by: Type.Optional(
            StringEnum(["ip", "host", "header"], {
              description: "What a client is told by; ip unless said otherwise.",
            }),
          ),
          header: Type.Optional(Type.String({ description: "The header, with `by: header`." })),
          depth: Type.Optional(
            Type.Integer({
              minimum: 0,
              description: "The position in X-Forwarded-For, from the right, with `by: ip`.",
            }),
          ),
        },
        { description: "How many requests a client may send." },
      ),
    ),
    traefik: Type.Optional(Open({ description: "The spec of a Traefik Middleware, as it is." })),
  },
  { description: "One thing that happens to a request. Exactly one of the fields beside `name` is given." },
);
export type RouteMiddleware = Static<typeof RouteMiddleware>;

const RouteBackend = Type.Object(
  {
    app: Type.Optional(Type.String()),
    service: Type.Optional(ServiceBackend),
    port: Type.Optional(port("The Service port.")),
    weight: Type.Optional(
      Type.Integer({ minimum: 0, description: "The share of the requests; 1 unless said otherwise." }),
    ),
  },
  { description: "One of several Apps or Services that share the requests." },
);
export type RouteBackend = Static<typeof RouteBackend>;

export const RouteRule = Type.Object(
  {
    match: Type.Optional(
      Type.String({
        description:
          "A Traefik rule, such as Path(`/x`) && Method(`GET`); it holds together with the hosts and fields beside it.",
      }),
    ),
    path: Type.Optional(Type.String({ description: "The path." })),
    pathType: Type.Optional(
      StringEnum(["Prefix", "Exact", "RegularExpression"], {
        description: "How `path` is meant; Prefix unless said otherwise.",
      }),
    ),
    headers: Type.Optional(StringMap({ description: "Headers that the request has." })),
    headersRegexp: Type.Optional(StringMap({ description: "Regular expressions that headers match." })),
    query: Type.Optional(StringMap({ description: "Query parameters that the request has." })),
    methods: Type.Optional(Type.Array(Type.String(), { description: "One of these methods." })),
    hosts: Type.Optional(Type.Array(Type.String(), { description: "The hosts of this rule, instead of the Route's." })),
    app: Type.Optional(Type.String({ description: "Another App for this rule." })),
    service: Type.Optional(ServiceBackend),
    port: Type.Optional(port("The Service port of this rule.")),
    backends: Type.Optional(Type.Array(RouteBackend, { description: "Several Apps or Services by weight." })),
    vpn: Type.Optional(Type.Boolean({ description: "Only clients of the VPN may come in." })),
    middlewares: Type.Optional(Type.Array(RouteMiddleware, { description: "What happens to each request, in order." })),
    priority: Type.Optional(
      Type.Integer({ minimum: 1, description: "Traefik's priority; longer rules win unless said otherwise." }),
    ),
    sticky: Type.Optional(StickyCookie),
    timeout: Type.Optional(Duration({ description: "How long the whole request may take (Gateway API only)." })),
    passHostHeader: Type.Optional(
      Type.Boolean({ description: "Whether the App sees the client's Host header. True." }),
    ),
    serversTransport: Type.Optional(Type.String({ description: "A Traefik ServersTransport." })),
  },
  { description: "A part of the hosts' requests. Everything that is given has to hold." },
);
export type RouteRule = Static<typeof RouteRule>;

export const RouteGrpc = Type.Object({
  hosts: Type.Optional(
    Type.Array(Type.String(), { description: "APP.INTERNAL-DOMAIN of the Environment unless said otherwise." }),
  ),
  port: Type.Optional(port("The Service port; the grpc port unless said otherwise.")),
  service: Type.Optional(Type.String({ description: "Only this gRPC service, such as `shop.Orders`." })),
  internal: Type.Optional(
    Type.Boolean({ description: "Reached from inside only. True, unless `hosts` is given; then as the Route says." }),
  ),
  entryPoints: Type.Optional(Type.Array(Type.String())),
  tls: Type.Optional(
    Type.Boolean({ description: "TLS as the Route has it. True when `hosts` is given; internal hosts have none." }),
  ),
  middlewares: Type.Optional(Type.Array(RouteMiddleware)),
});
export type RouteGrpc = Static<typeof RouteGrpc>;

export const RouteTcp = Type.Object({
  name: Type.Optional(objectName("A part of the object's name, where there are several.")),
  port: Type.Optional(port("The Service port. Needed where the App has more than one port.")),
  entryPoints: Type.Optional(
    Type.Array(Type.String(), { description: "Traefik's entry points for these connections." }),
  ),
  sectionName: Type.Optional(Type.String({ description: "The Gateway's listener." })),
  publicPort: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 65535,
      description: "The load balancer's port; the Service's unless said otherwise.",
    }),
  ),
  sni: Type.Optional(
    Type.Array(Type.String(), { description: "Server names of TLS clients; everything when left out." }),
  ),
  tls: Type.Optional(
    StringEnum(["passthrough", "terminate", "none"], {
      description:
        "Who ends TLS: the App, or the proxy. With `sni` the App, unless said otherwise; without it there is none.",
    }),
  ),
  allowList: Type.Optional(ranges("Address ranges that may come in.")),
  vpn: Type.Optional(Type.Boolean({ description: "Only clients of the VPN may come in." })),
  middlewares: Type.Optional(
    Type.Array(Type.Object({ name: Type.String(), namespace: Type.Optional(Type.String()) }), {
      description: "MiddlewareTCPs that exist.",
    }),
  ),
  proxyProtocol: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 2, description: "The PROXY protocol's version towards the App." }),
  ),
  priority: Type.Optional(Type.Integer({ minimum: 1 })),
});
export type RouteTcp = Static<typeof RouteTcp>;

export const RouteUdp = Type.Object({
  name: Type.Optional(objectName("A part of the object's name, where there are several.")),
  port: Type.Optional(port("The Service port. Needed where the App has more than one UDP port.")),
  entryPoints: Type.Optional(Type.Array(Type.String(), { description: "Traefik's entry points for these datagrams." })),
  sectionName: Type.Optional(Type.String({ description: "The Gateway's listener." })),
  publicPort: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 65535,
      description: "The load balancer's port; the Service's unless said otherwise.",
    }),
  ),
});
export type RouteUdp = Static<typeof RouteUdp>;

const NamedReference = Type.Object({ name: Type.String(), namespace: Type.Optional(Type.String()) });

export const RouteTls = Type.Object({
  issuer: Type.Optional(
    Either(
      Type.String(),
      Type.Object({
        name: Type.String(),
        kind: Type.Optional(StringEnum(["ClusterIssuer", "Issuer"])),
        group: Type.Optional(Type.String()),
      }),
      { description: "The cert-manager issuer of the Certificate; a name is a ClusterIssuer's." },
    ),
  ),
  certResolver: Type.Optional(Type.String({ description: "Traefik's certificate resolver; no Certificate is made." })),
  secretName: Type.Optional(
    Type.String({
      description:
        "A Secret that exists; no Certificate is made. Beside `issuer`: the Secret that the Certificate fills.",
    }),
  ),
  hosts: Type.Optional(
    Type.Array(Type.String(), { description: "The certificate's names; the Route's hosts unless said otherwise." }),
  ),
  options: Type.Optional(NamedReference),
  store: Type.Optional(NamedReference),
});
export type RouteTls = Static<typeof RouteTls>;

export const RouteLoadBalancer = Type.Object(
  {
    name: Type.Optional(objectName("The Service's name; ROUTE-lb unless said otherwise.")),
    class: Type.Optional(Type.String({ description: "spec.loadBalancerClass." })),
    provider: Type.Optional(
      StringEnum(["gcp", "aws", "azure"], {
        description: "Whose annotations `internal: true` writes; by `class` unless said otherwise.",
      }),
    ),
    address: Type.Optional(Type.String({ description: "spec.loadBalancerIP." })),
    sourceRanges: Type.Optional(ranges("Address ranges that may connect; with `vpn: true` the VPN's.")),
    externalTrafficPolicy: Type.Optional(
      StringEnum(["Cluster", "Local"], {
        description: "Local keeps the client's address. Kubernetes' default is Cluster.",
      }),
    ),
    allocateNodePorts: Type.Optional(Type.Boolean()),
    mixedProtocols: Type.Optional(
      Type.Boolean({
        description: "One Service for TCP and UDP, where the provider can; two Services unless said otherwise.",
      }),
    ),
    labels: Type.Optional(StringMap()),
    annotations: Type.Optional(StringMap()),
  },
  { description: "The load balancer of `expose: loadBalancer`." },
);
export type RouteLoadBalancer = Static<typeof RouteLoadBalancer>;
