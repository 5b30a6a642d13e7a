import { get, textOf, type JsonValue } from "@fairlead/apimachinery";

/** A host of a ServiceEntry. */
export interface Entry {
  readonly host: string;
  readonly resolution: string;
  readonly ports: readonly { readonly number: number; readonly name: string; readonly protocol: string }[];
  readonly endpoints: readonly JsonValue[];
}

export function entriesOf(object: JsonValue): readonly Entry[] {
  const spec = get(object, "spec");
  const [hosts, ports, endpoints] = [get(spec, "hosts"), get(spec, "ports"), get(spec, "endpoints")];
  if (!Array.isArray(hosts) || !Array.isArray(ports) || !Array.isArray(endpoints)) return [];
  const own = ports.map((port) => ({
    number: Number(get(port, "number")),
    name: textOf(get(port, "name")),
    protocol: textOf(get(port, "protocol")),
  }));
  const resolution = textOf(get(spec, "resolution"));
  return hosts.map((host) => ({ host: textOf(host), resolution, ports: own, endpoints }));
}

export function clusterName(host: string, port: number): string {
  return `outbound|${port}||${host}`;
}

export function httpPorts({ ports }: Entry): Entry["ports"] {
  return ports.filter(({ protocol }) => /^(HTTP|HTTP2|GRPC|GRPC-WEB)$/.test(protocol));
}
