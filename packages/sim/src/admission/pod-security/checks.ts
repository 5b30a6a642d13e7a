import type { JsonObject } from "@fairlead/apimachinery";
import { field, items, text, texts } from "../objects.ts";

/** What one check found wrong: `privileged` and, in parentheses behind it, `container "x" must not set …`. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

/** A Pod or the template of one. */
export interface PodParts {
  readonly spec: JsonObject;
  readonly annotations: Readonly<Record<string, string>>;
  readonly containers: readonly JsonObject[];
}

export type PodCheck = (pod: PodParts) => Violation | undefined;

export function podParts(pod: JsonObject): PodParts {
  const annotations: Record<string, string> = {};
  const found = field(pod, "metadata", "annotations");
  for (const [key, value] of Object.entries(typeof found === "object" && found !== null ? found : {})) {
    if (typeof value === "string") Object.defineProperty(annotations, key, { value, enumerable: true });
  }
  const lists = ["initContainers", "containers", "ephemeralContainers"];
  return {
    spec: (field(pod, "spec") ?? {}) as JsonObject,
    annotations,
    containers: lists.flatMap((list) => items(pod, "spec", list)),
  };
}

const nameOf = (container: JsonObject): string => text(container, "name");
const quoted = (names: readonly string[]): string => `"${names.join('", "')}"`;
const plural = (one: string, many: string, count: number): string => (count === 1 ? one : many);
const distinct = (values: Iterable<string>): string[] => [...new Set(values)].sort();

/** `container "a"`, `containers "a", "b"`. */
export const containersText = (bad: readonly JsonObject[]): string =>
  `${plural("container", "containers", bad.length)} ${quoted(bad.map(nameOf))}`;

const setters = (isPod: boolean, bad: readonly JsonObject[]): string =>
  [...(isPod ? ["pod"] : []), ...(bad.length > 0 ? [containersText(bad)] : [])].join(" and ");

const context = (container: JsonObject, ...path: string[]) => field(container, "securityContext", ...path);

function someContainer(
  { containers }: PodParts,
  isBad: (container: JsonObject) => boolean,
  reason: string,
  rest: (bad: readonly JsonObject[]) => string,
): Violation | undefined {
  const bad = containers.filter(isBad);
  return bad.length === 0 ? undefined : { reason, detail: `${containersText(bad)} ${rest(bad)}` };
}

export const privileged: PodCheck = (pod) =>
  someContainer(
    pod,
    (one) => context(one, "privileged") === true,
    "privileged",
    () => "must not set securityContext.privileged=true",
  );

export const hostNamespaces: PodCheck = ({ spec }) => {
  const set = ["hostNetwork", "hostPID", "hostIPC"].filter((key) => spec[key] === true);
  return set.length === 0
    ? undefined
    : { reason: "host namespaces", detail: set.map((key) => `${key}=true`).join(", ") };
};

export const hostPathVolumes: PodCheck = ({ spec }) => {
  const bad = items(spec, "volumes").filter((volume) => field(volume, "hostPath") !== undefined);
  if (bad.length === 0) return undefined;
  return {
    reason: "hostPath volumes",
    detail: `${plural("volume", "volumes", bad.length)} ${quoted(bad.map(nameOf))}`,
  };
};

export const hostPorts: PodCheck = (pod) => {
  const ports = (container: JsonObject): number[] =>
    items(container, "ports")
      .map((port) => Number(port["hostPort"] ?? 0))
      .filter((port) => port !== 0);
  return someContainer(
    pod,
    (one) => ports(one).length > 0,
    "hostPort",
    (bad) => {
      const all = distinct(bad.flatMap(ports).map(String));
      return `${plural("uses", "use", bad.length)} ${plural("hostPort", "hostPorts", all.length)} ${all.join(", ")}`;
    },
  );
};

export const hostProbes: PodCheck = ({ containers }) => {
  const handlers = [
    ["livenessProbe"],
    ["readinessProbe"],
    ["startupProbe"],
    ["lifecycle", "postStart"],
    ["lifecycle", "preStop"],
  ];
  const hosts = (container: JsonObject): string[] =>
    handlers
      .flatMap((path) => ["httpGet", "tcpSocket"].map((kind) => text(container, ...path, kind, "host")))
      .filter((host) => host !== "");
  const bad = containers.filter((container) => hosts(container).length > 0);
  if (bad.length === 0) return undefined;
  const names = distinct(bad.map(nameOf));
  const all = distinct(bad.flatMap(hosts));
  const who = `${plural("container", "containers", names.length)} ${quoted(names)} ${plural("uses", "use", names.length)}`;
  const what = plural("probe or lifecycle host", "probe or lifecycle hosts", all.length);
  return { reason: "probe or lifecycle host", detail: `${who} ${what} ${quoted(all)}` };
};

const usual = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);

const capabilities = (container: JsonObject, key: "add" | "drop"): string[] =>
  texts(container, "securityContext", "capabilities", key);

export const capabilitiesBaseline: PodCheck = (pod) => {
  const unusual = (container: JsonObject): string[] => capabilities(container, "add").filter((one) => !usual.has(one));
  return someContainer(
    pod,
    (one) => unusual(one).length > 0,
    "non-default capabilities",
    (bad) => `must not include ${quoted(distinct(bad.flatMap(unusual)))} in securityContext.capabilities.add`,
  );
};

export const capabilitiesRestricted: PodCheck = ({ containers }) => {
  const forbidden = (container: JsonObject): string[] =>
    capabilities(container, "add").filter((one) => one !== "NET_BIND_SERVICE");
  const keeping = containers.filter((container) => !capabilities(container, "drop").includes("ALL"));
  const adding = containers.filter((container) => forbidden(container).length > 0);
  const details: string[] = [];
  if (keeping.length > 0) details.push(`${containersText(keeping)} must set securityContext.capabilities.drop=["ALL"]`);
  if (adding.length > 0) {
    const all = quoted(distinct(adding.flatMap(forbidden)));
    details.push(`${containersText(adding)} must not include ${all} in securityContext.capabilities.add`);
  }
  return details.length === 0 ? undefined : { reason: "unrestricted capabilities", detail: details.join("; ") };
};

export const allowPrivilegeEscalation: PodCheck = (pod) =>
  someContainer(
    pod,
    (one) => context(one, "allowPrivilegeEscalation") !== false,
    "allowPrivilegeEscalation != false",
    () => "must set securityContext.allowPrivilegeEscalation=false",
  );

export const procMount: PodCheck = (pod) => {
  const type = (container: JsonObject): string => text(container, "securityContext", "procMount");
  return someContainer(
    pod,
    (one) => !["", "Default"].includes(type(one)),
    "procMount",
    (bad) => `must not set securityContext.procMount to ${quoted(distinct(bad.map(type)))}`,
  );
};

const appArmorPrefix = "container.apparmor.security.beta.kubernetes.io/";

export const appArmorProfile: PodCheck = ({ spec, annotations, containers }) => {
  const bad = (holder: JsonObject): boolean => {
    const profile = context(holder, "appArmorProfile");
    return profile !== undefined && !["RuntimeDefault", "Localhost"].includes(text(profile, "type"));
  };
  const badContainers = containers.filter(bad);
  const holders = [...(bad(spec) ? [spec] : []), ...badContainers];
  const values = distinct(holders.map((one) => text(one, "securityContext", "appArmorProfile", "type")));
  const marked = Object.entries(annotations)
    .filter(([key, value]) => key.startsWith(appArmorPrefix) && !/^(runtime\/default|localhost\/.*|)$/s.test(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  const who = [
    setters(bad(spec), badContainers),
    marked.length > 0 ? plural("annotation", "annotations", marked.length) : "",
  ];
  const all = [...values, ...marked];
  if (all.length === 0) return undefined;
  return {
    reason: plural("forbidden AppArmor profile", "forbidden AppArmor profiles", all.length),
    detail: `${who.filter((one) => one !== "").join(" and ")} must not set AppArmor profile type to ${quoted(all)}`,
  };
};

export const seLinuxOptions =
  (allowed: ReadonlySet<string>): PodCheck =>
  ({ spec, containers }) => {
    const options = (holder: JsonObject) => context(holder, "seLinuxOptions");
    const isBad = (holder: JsonObject): boolean => {
      const found = options(holder);
      return !allowed.has(text(found, "type")) || text(found, "user") !== "" || text(found, "role") !== "";
    };
    const badContainers = containers.filter(isBad);
    const bad = [...(isBad(spec) ? [spec] : []), ...badContainers];
    if (bad.length === 0) return undefined;
    const types = distinct(bad.map((one) => text(options(one), "type")).filter((type) => !allowed.has(type)));
    const data = types.length > 0 ? [`${plural("type", "types", types.length)} ${quoted(types)}`] : [];
    for (const key of ["user", "role"]) {
      if (bad.some((one) => text(options(one), key) !== "")) data.push(`${key} may not be set`);
    }
    const who = setters(isBad(spec), badContainers);
    return {
      reason: "seLinuxOptions",
      detail: `${who} set forbidden securityContext.seLinuxOptions: ${data.join("; ")}`,
    };
  };

export const sysctls =
  (allowed: ReadonlySet<string>): PodCheck =>
  ({ spec }) => {
    const names = items(spec, "securityContext", "sysctls").map(nameOf);
    const bad = names.filter((name) => !allowed.has(name));
    return bad.length === 0 ? undefined : { reason: "forbidden sysctls", detail: bad.join(", ") };
  };

export const windowsHostProcess: PodCheck = ({ spec, containers }) => {
  const isBad = (holder: JsonObject): boolean => context(holder, "windowsOptions", "hostProcess") === true;
  const bad = containers.filter(isBad);
  if (bad.length === 0 && !isBad(spec)) return undefined;
  const detail = `${setters(isBad(spec), bad)} must not set securityContext.windowsOptions.hostProcess=true`;
  return { reason: "hostProcess", detail };
};
