import { get, isObject, type FieldPath, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { readPorts, type Port } from "./ports.ts";
import { strings, type Project, type Service } from "./service.ts";

/** Ports that images are known for, by the last part of the image's name. */
const knownPorts: { readonly [image: string]: number } = {
  caddy: 80,
  cassandra: 9042,
  consul: 8500,
  couchdb: 5984,
  elasticsearch: 9200,
  etcd: 2379,
  grafana: 3000,
  httpd: 80,
  influxdb: 8086,
  kafka: 9092,
  keycloak: 8080,
  mailhog: 1025,
  mariadb: 3306,
  memcached: 11211,
  minio: 9000,
  mongo: 27017,
  mongodb: 27017,
  mysql: 3306,
  nats: 4222,
  neo4j: 7687,
  nginx: 80,
  opensearch: 9200,
  postgis: 5432,
  postgres: 5432,
  postgresql: 5432,
  prometheus: 9090,
  rabbitmq: 5672,
  redis: 6379,
  traefik: 80,
  valkey: 6379,
  vault: 8200,
  zookeeper: 2181,
};

/** The container's ports: `ports` and `expose`, what Traefik is told, and for a dependency the port it is known for. */
export function readContainerPorts(
  service: Service,
  project: Project,
  routed: readonly number[],
  wanted: boolean,
): JsonObject[] {
  const ports = new Map<string, Port>();
  const published: string[] = [];
  const add = (port: Port) => {
    const key = `${port.target}/${port.protocol}`;
    const other = ports.get(key);
    ports.set(
      key,
      other === undefined
        ? port
        : { ...other, name: other.name ?? port.name, appProtocol: other.appProtocol ?? port.appProtocol },
    );
    if (port.published !== undefined)
      published.push(
        `${port.published} → ${port.target}${port.protocol === "TCP" ? "" : `/${port.protocol.toLowerCase()}`}`,
      );
  };
  for (const field of ["ports", "expose"] as const) {
    const list = service.value[field];
    for (const [index, entry] of (Array.isArray(list) ? list : []).entries()) {
      const read = readPorts(entry);
      if ("ports" in read) read.ports.forEach(add);
      else
        project.report(
          "FL563",
          service,
          [field, index],
          `service ${service.name}: ${field === "ports" ? "port" : "exposed port"} ${JSON.stringify(entry)} ${read.problem}`,
        );
    }
  }
  const plain = { protocol: "TCP", published: undefined, name: undefined, appProtocol: undefined } as const;
  for (const target of routed) add({ ...plain, target, appProtocol: "http" });
  if (published.length > 0) {
    project.report(
      "FL564",
      service,
      ["ports"],
      `service ${service.name}: published ports (host → container): ${published.join(", ")}; inside the cluster it is reached at the container's`,
      "write a Route for HTTP, or `service.type: LoadBalancer`",
    );
  }
  if (ports.size === 0 && wanted) assume(service, project, (target) => add({ ...plain, target }));
  const taken = new Set<string>();
  return [...ports.values()].map((port) => ({
    name: portName(port, taken),
    containerPort: port.target,
    ...(port.protocol !== "TCP" && { protocol: port.protocol }),
  }));
}

function assume(service: Service, project: Project, add: (target: number) => void): void {
  const image = typeof service.value["image"] === "string" ? service.value["image"] : "";
  const name = image.split("@")[0]!.split("/").at(-1)!.split(":")[0]!.toLowerCase();
  const port = Object.hasOwn(knownPorts, name) ? knownPorts[name] : undefined;
  if (port !== undefined) {
    add(port);
    project.report(
      "FL570",
      service,
      [],
      `service ${service.name} declares no port, and others depend on it; ${port} is assumed from its image`,
      "correct the port if the container listens elsewhere",
    );
  } else {
    project.report(
      "FL571",
      service,
      [],
      `service ${service.name} declares no port, and others depend on it`,
      "add the port that it listens on to the container's `ports`",
    );
  }
}

function portName(port: Port, taken: Set<string>): string {
  const written = port.name?.toLowerCase() ?? "";
  const valid = /^(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/.test(written) && !written.includes("--");
  const http =
    port.appProtocol !== undefined && /^(http|https|h2c|grpc)$/.test(port.appProtocol) ? port.appProtocol : undefined;
  let name = valid ? written : (http ?? `${port.protocol.toLowerCase()}-${port.target}`);
  if (taken.has(name)) name = `${http ?? port.protocol.toLowerCase()}-${port.target}`;
  taken.add(name);
  return name;
}

/** Host name, host aliases, DNS, and what of networks can be said of a pod. */
export function readNetwork(service: Service, project: Project): JsonObject {
  const { value } = service;
  const pod: JsonObject = {};
  if (typeof value["hostname"] === "string") {
    if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(value["hostname"])) pod["hostname"] = value["hostname"];
    else
      project.report(
        "FL554",
        service,
        ["hostname"],
        `service ${service.name}: host name ${JSON.stringify(value["hostname"])} is not a DNS label, and is not carried`,
      );
  }
  readMode(service, project, pod);
  readHosts(service, project, pod);
  const dns: JsonObject = {};
  const nameservers = strings(value["dns"]);
  if (nameservers.length > 0) dns["nameservers"] = nameservers;
  const searches = strings(value["dns_search"]).filter((domain) => domain !== ".");
  if (searches.length > 0) dns["searches"] = searches;
  const options = strings(value["dns_opt"]).map((option) => {
    const [name = "", text] = option.split(":");
    return { name, ...(text !== undefined && { value: text }) };
  });
  if (options.length > 0) dns["options"] = options;
  if (Object.keys(dns).length > 0) pod["dnsConfig"] = dns;
  readAliases(service, project);
  return pod;
}

function readMode(service: Service, project: Project, pod: JsonObject): void {
  for (const [field, into] of [
    ["network_mode", "hostNetwork"],
    ["pid", "hostPID"],
    ["ipc", "hostIPC"],
  ] as const) {
    const written = service.value[field];
    if (
      written === undefined ||
      written === null ||
      written === "bridge" ||
      written === "private" ||
      written === "shareable"
    )
      continue;
    if (written === "host") pod[into] = true;
    else
      project.report(
        "FL554",
        service,
        [field],
        `service ${service.name}: ${field}: ${JSON.stringify(written)} is not carried`,
        "containers that share a network belong into one App: write them both in its `containers`",
      );
  }
  if (pod["hostNetwork"] === true) pod["dnsPolicy"] = "ClusterFirstWithHostNet";
}

function readHosts(service: Service, project: Project, pod: JsonObject): void {
  const written = service.value["extra_hosts"];
  const entries: [string, string][] = isObject(written)
    ? Object.entries(written).flatMap(([host, address]) => strings(address).map((one): [string, string] => [host, one]))
    : strings(written).map((entry) => {
        const [, host = entry, address = ""] = /^([^:=]+)[:=]\s*(.*)$/.exec(entry) ?? [];
        return [host, address.replace(/^\[|\]$/g, "")];
      });
  const byAddress = new Map<string, string[]>();
  for (const [host, address] of entries) {
    if (!/^[0-9a-fA-F:.]+$/.test(address)) {
      project.report(
        "FL554",
        service,
        ["extra_hosts"],
        `service ${service.name}: ${host} → ${address || "nothing"} is not carried: it is no address that the cluster knows`,
      );
      continue;
    }
    byAddress.set(address, [...(byAddress.get(address) ?? []), host]);
  }
  const aliases = [...byAddress].map(([ip, hostnames]) => ({ ip, hostnames }));
  if (aliases.length > 0) pod["hostAliases"] = aliases;
}

function readAliases(service: Service, project: Project): void {
  const networks = service.value["networks"];
  const report = (path: FieldPath, what: string, hint: string) =>
    project.report("FL554", service, path, `service ${service.name}: ${what}`, hint);
  for (const [name, network] of isObject(networks) ? Object.entries(networks) : []) {
    const aliases = strings(get(network, "aliases")).filter((alias) => alias !== service.name);
    if (aliases.length > 0)
      report(
        ["networks", name, "aliases"],
        `the further name${aliases.length === 1 ? "" : "s"} ${aliases.join(", ")} ${aliases.length === 1 ? "is" : "are"} not carried`,
        "add an entry with that name to the App's `services`",
      );
    const fixed = isObject(network)
      ? Object.keys(network).filter((key) => key !== "aliases" && !key.startsWith("x-"))
      : [];
    if (fixed.length > 0)
      report(
        ["networks", name],
        `${fixed.join(", ")} of network ${name} ${fixed.length === 1 ? "is" : "are"} not carried`,
        "pods get their addresses from the cluster; use the Service's name",
      );
  }
  for (const [index, link] of strings(service.value["links"]).entries()) {
    const [target = "", alias] = link.split(":");
    if (alias !== undefined && alias !== target)
      report(
        ["links", index],
        `the name ${alias} of ${target} is not carried`,
        `add an entry with that name to \`services\` of the App ${target}`,
      );
  }
}

/** Names of services that `value` needs: `depends_on` and `links`. */
export function dependencies(
  value: JsonObject,
): { readonly name: string; readonly condition: JsonValue | undefined }[] {
  const written = value["depends_on"];
  const depends = isObject(written)
    ? Object.entries(written).map(([name, how]) => ({ name, condition: get(how, "condition") }))
    : strings(written).map((name) => ({ name, condition: undefined }));
  const links = strings(value["links"]).map((link) => ({ name: link.split(":")[0]!, condition: undefined }));
  return [...depends, ...links];
}
