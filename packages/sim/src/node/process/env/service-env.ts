export interface ServiceAddress {
  readonly name: string;
  readonly host: string;
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
}

/** The variables that name the Services of the pod's namespace: `CATALOG_SERVICE_HOST`, `CATALOG_PORT` and so on. */
export function serviceEnv(services: readonly ServiceAddress[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { name, host, ports } of services) {
    const first = ports[0];
    if (first === undefined) continue;
    const prefix = variableName(name);
    env[`${prefix}_SERVICE_HOST`] = host;
    env[`${prefix}_SERVICE_PORT`] = String(first.port);
    for (const { name: portName, port } of ports) {
      if (portName !== "") env[`${prefix}_SERVICE_PORT_${variableName(portName)}`] = String(port);
    }
    env[`${prefix}_PORT`] = `${first.protocol.toLowerCase()}://${host}:${first.port}`;
    for (const { port, protocol } of ports) {
      const kind = protocol.toLowerCase();
      const base = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
      env[base] = `${kind}://${host}:${port}`;
      env[`${base}_PROTO`] = kind;
      env[`${base}_PORT`] = String(port);
      env[`${base}_ADDR`] = host;
    }
  }
  return env;
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}
