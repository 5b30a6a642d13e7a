import { print } from "@fairlead/krm";
import { apiVersion } from "../kinds/group.ts";

export interface NewApp {
  readonly name: string;
  readonly namespace?: string;
  readonly image?: string;
  readonly port?: number;
  readonly path?: string;
  readonly host?: string;
}

const schemaLine = "# yaml-language-server: $schema=.schemas/fairlead.schema.json\n";

/** The text of a new App, and of a Route when a host is given. It renders without findings as it is. */
export function newApp({
  name,
  namespace,
  image = `registry.example/${name}:1.0.0`,
  port = 8080,
  path = "/healthz",
  host,
}: NewApp): string {
  const metadata = namespace === undefined ? { name } : { name, namespace };
  const app = {
    apiVersion,
    kind: "App",
    metadata,
    spec: {
      containers: [
        {
          name,
          image,
          http: { port, path },
          resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
        },
      ],
      scaling: { min: 2, max: 5, cpu: 70 },
    },
  };
  const route = { apiVersion, kind: "Route", metadata, spec: { app: name, hosts: [host ?? ""] } };
  return schemaLine + print(app) + (host === undefined ? "" : `---\n${print(route)}`);
}
