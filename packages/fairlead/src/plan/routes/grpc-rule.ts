import type { RouteGrpc } from "../../kinds/route-parts.ts";
import { resolveBackend, type Lookup } from "./backend.ts";
import { hostProblem } from "./hosts.ts";
import { readMiddlewares, vpnMiddleware, type MiddlewareNames } from "./middlewares.ts";
import type { GrpcRule } from "./model.ts";

interface EntryPoints {
  readonly entryPoints: readonly string[];
  readonly internalEntryPoints: readonly string[];
  readonly internal: boolean;
}

/** The predecessor's internal domain, where the Environment names none. */
const compatDomain = "internal.bukukas.k8s";

/** gRPC is inside business: an internal host, internal entry points and no TLS, unless hosts are written. */
export function resolveGrpc(lookup: Lookup, names: MiddlewareNames, entry: EntryPoints): GrpcRule | undefined {
  const { declaration, world, report } = lookup;
  const { spec } = declaration;
  if (spec.grpc === undefined || spec.grpc === false || spec.expose === "loadBalancer") return undefined;
  const grpc: RouteGrpc = spec.grpc === true ? {} : spec.grpc;
  const field = ["spec", "grpc"];
  const { app, service } = spec;
  const place = grpc.port === undefined ? field : [...field, "port"];
  const backend = resolveBackend(lookup, { app, service, port: grpc.port }, "grpc", place);
  const hosts = grpcHosts(lookup, grpc.hosts);
  const settings = world.environment.settings;
  const guard = spec.vpn === true ? [vpnMiddleware(names, settings, ["spec", "vpn"])] : [];
  const middlewares = [...guard, ...readMiddlewares(grpc.middlewares ?? [], names, [...field, "middlewares"], report)];
  if (backend === undefined || hosts.length === 0) return undefined;
  const internal = grpc.internal ?? (grpc.hosts === undefined || entry.internal);
  return {
    field,
    hosts,
    service: grpc.service,
    backend,
    middlewares,
    internal,
    entryPoints: grpc.entryPoints ?? (internal ? entry.internalEntryPoints : entry.entryPoints),
    tls: grpc.tls ?? grpc.hosts !== undefined,
  };
}

function grpcHosts({ declaration, world, report }: Lookup, written: readonly string[] | undefined): readonly string[] {
  const field = ["spec", "grpc", "hosts"];
  if (written === undefined) {
    const domain = world.environment.settings.routes?.internalDomain ?? (declaration.compat ? compatDomain : undefined);
    if (domain !== undefined) return [`${declaration.spec.app ?? declaration.name}.${domain}`];
    const hint = "set routes.internalDomain in the Environment, or write `grpc: {hosts: […]}`";
    report("FL318", { message: "the internal domain is not known", hint, field: ["spec", "grpc"] });
    return [];
  }
  if (written.length === 0) report("FL303", { message: "there are no gRPC hosts", hint: "write one", field });
  return written.filter((host, index) => {
    const wrong = hostProblem(host);
    if (wrong !== undefined) report("FL303", { message: wrong.problem, hint: wrong.hint, field: [...field, index] });
    return wrong === undefined;
  });
}
