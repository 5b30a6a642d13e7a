import type { HookClient } from "../../../plan/sidecars/model/facts.ts";

/** A Service of a cluster, as a webhook's client names it. */
export interface InjectorService {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** Where to connect for a Service; undefined: it cannot be reached from here. */
export type DialService = (cluster: string, service: InjectorService) => DialedAddress | undefined;

export interface DialedAddress {
  readonly host: string;
  readonly port: number;
}

/** Where a question is sent to, and who has to answer there. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Whose certificate it must be. */
  readonly serverName: string;
  readonly hostHeader: string;
  /** PEM of the authorities that may have signed it; empty: those of the system. */
  readonly authorities: string;
}

/** `NAME.NAMESPACE.svc`, the name that the API server asks for, too. */
export function serviceName({ namespace, name }: InjectorService): string {
  return `${name}.${namespace}.svc`;
}

/** Text says why there is none. */
export function targetOf(cluster: string, client: HookClient | undefined, dial: DialService): Target | string {
  if (client === undefined) return "its webhook names neither a Service nor a URL";
  const authorities = Buffer.from(client.caBundle, "base64").toString("latin1");
  if (client.kind === "service") {
    const address = dial(cluster, client);
    const serverName = serviceName(client);
    if (address === undefined) return `the Service ${client.namespace}/${client.name} cannot be reached from here`;
    const path = client.path.startsWith("/") ? client.path : `/${client.path}`;
    return { ...address, path, serverName, hostHeader: `${serverName}:${client.port}`, authorities };
  }
  const url = URL.parse(client.url);
  if (url === null || url.protocol !== "https:") return "the URL of its webhook is no https URL";
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? 443 : Number(url.port);
  return { host, port, path: url.pathname + url.search, serverName: host, hostHeader: url.host, authorities };
}
