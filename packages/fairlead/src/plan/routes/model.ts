import type { FieldPath } from "@fairlead/apimachinery";
import type { KrmObject, ObjectMeta } from "@fairlead/krm";
import type { RouteSpec } from "../../kinds/route.ts";
import type { Declaration } from "../declaration.ts";
import type { Reporter } from "../shared/report.ts";
import type { routeFinding } from "./findings.ts";
import type { Condition } from "./rule/condition.ts";

export type RouteTarget = "traefik" | "gateway" | "ingress";
export type RouteCode = keyof (typeof routeFinding)["definitions"];

/** Where requests go: a port of a Service, or Traefik's weighted service of a canary. */
export interface Backend {
  readonly kind: "Service" | "TraefikService";
  readonly name: string;
  /** Only when it is not the Route's. */
  readonly namespace?: string | undefined;
  /** The Service's port; a name only for a Service that is not in the input. A TraefikService has none. */
  readonly port?: number | string | undefined;
  readonly weight?: number | undefined;
  readonly scheme?: "http" | "https" | "h2c" | undefined;
  /** The stable and the canary Service, for targets that split the traffic in the route itself. */
  readonly canary?: string | undefined;
}

interface Named {
  /** The name of the object that is made for it. */
  readonly name: string;
  readonly field: FieldPath;
}

/** What happens to a request, one kind each. */
export type Middleware =
  | ({ readonly kind: "ref"; readonly namespace?: string | undefined } & Named)
  | ({ readonly kind: "allowList"; readonly ranges: readonly string[]; readonly vpn: boolean } & Named)
  | ({ readonly kind: "headers"; readonly request: StringRecord; readonly response: StringRecord } & Named)
  | ({ readonly kind: "cors"; readonly cors: Cors } & Named)
  | ({ readonly kind: "stripPrefix"; readonly prefixes: readonly string[] } & Named)
  | ({ readonly kind: "addPrefix"; readonly prefix: string } & Named)
  | ({ readonly kind: "replacePath"; readonly path: string } & Named)
  | ({ readonly kind: "redirect"; readonly redirect: Redirect } & Named)
  | ({
      readonly kind: "basicAuth";
      readonly secret: string;
      readonly realm?: string | undefined;
      readonly removeHeader?: boolean | undefined;
    } & Named)
  | ({ readonly kind: "rateLimit"; readonly limit: RateLimit } & Named)
  | ({ readonly kind: "traefik"; readonly spec: { readonly [key: string]: unknown } } & Named);

type StringRecord = { readonly [name: string]: string };

export interface Cors {
  readonly origins?: readonly string[];
  readonly methods?: readonly string[];
  readonly headers?: readonly string[];
  readonly exposeHeaders?: readonly string[];
  readonly credentials?: boolean;
  readonly maxAge?: number;
}

export interface Redirect {
  readonly scheme?: "http" | "https";
  readonly port?: number;
  readonly host?: string;
  readonly regex?: string;
  readonly replacement?: string;
  readonly permanent?: boolean;
}

export interface RateLimit {
  readonly average: number;
  readonly period?: string;
  readonly burst?: number;
  readonly by?: "ip" | "host" | "header";
  readonly header?: string;
  readonly depth?: number;
}

/** One rule for HTTP requests. */
export interface HttpRule {
  readonly field: FieldPath;
  readonly hosts: readonly string[];
  /** What holds beside the hosts; undefined is everything. */
  readonly condition: Condition | undefined;
  /** The expression as it was written, when it was: Traefik gets it verbatim. */
  readonly written: string | undefined;
  readonly backends: readonly Backend[];
  readonly middlewares: readonly Middleware[];
  readonly priority: number | undefined;
  readonly sticky: StickyCookie | undefined;
  readonly timeout: string | undefined;
  readonly passHostHeader: boolean | undefined;
  readonly serversTransport: string | undefined;
}

export interface StickyCookie {
  readonly name?: string;
  readonly secure?: boolean;
  readonly httpOnly?: boolean;
  readonly sameSite?: "none" | "lax" | "strict";
  readonly maxAge?: number;
}

export interface GrpcRule {
  readonly field: FieldPath;
  readonly hosts: readonly string[];
  readonly service: string | undefined;
  readonly backend: Backend;
  readonly middlewares: readonly Middleware[];
  readonly internal: boolean;
  readonly entryPoints: readonly string[];
  readonly tls: boolean;
}

export interface StreamRule {
  readonly field: FieldPath;
  /** The name of the objects that are made for it. */
  readonly name: string;
  readonly entryPoints: readonly string[];
  readonly sectionName: string | undefined;
  readonly backend: Backend;
}

export interface TcpRule extends StreamRule {
  readonly sni: readonly string[];
  readonly tls: "passthrough" | "terminate" | "none";
  readonly ranges: readonly string[];
  readonly references: readonly { readonly name: string; readonly namespace?: string | undefined }[];
  readonly proxyProtocol: number | undefined;
  readonly priority: number | undefined;
}

export type UdpRule = StreamRule;

type Reference = { readonly name: string; readonly namespace?: string | undefined };

/** Where the certificate comes from. */
export type Tls = {
  readonly options?: Reference | undefined;
  readonly store?: Reference | undefined;
} & (
  | { readonly kind: "none" }
  | { readonly kind: "default" }
  | { readonly kind: "resolver"; readonly certResolver: string }
  | { readonly kind: "secret"; readonly secretName: string }
  | {
      readonly kind: "certificate";
      readonly secretName: string;
      readonly certificate: string;
      readonly dnsNames: readonly string[];
      readonly issuer: { readonly name: string; readonly kind: string; readonly group?: string | undefined };
      /** Nobody wrote it: it is the Environment's choice. */
      readonly implied: boolean;
    }
);

export interface GatewayRef {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly sectionName?: string | undefined;
}

/** A Route with everything looked up, the same for every target. */
export interface ResolvedRoute {
  readonly declaration: Declaration<RouteSpec>;
  readonly name: string;
  readonly target: RouteTarget;
  readonly internal: boolean;
  readonly entryPoints: readonly string[];
  readonly gateway: GatewayRef | undefined;
  readonly internalGateway: GatewayRef | undefined;
  readonly ingressClass: string | undefined;
  readonly tls: Tls;
  readonly http: readonly HttpRule[];
  readonly grpc: GrpcRule | undefined;
  readonly tcp: readonly TcpRule[];
  readonly udp: readonly UdpRule[];
  readonly report: Reporter<RouteCode>;
  /** The metadata of an object of this Route; `primary` where labels are written for one object only. */
  metadata(name: string, options?: { primary?: boolean; annotations?: StringRecord }): ObjectMeta;
}

/** Writes Routes for one target. What it cannot write it reports. */
export interface RouteWriter {
  http(route: ResolvedRoute): readonly KrmObject[];
  grpc(route: ResolvedRoute, rule: GrpcRule): readonly KrmObject[];
  tcp(route: ResolvedRoute): readonly KrmObject[];
  udp(route: ResolvedRoute): readonly KrmObject[];
}
