import type { JsonObject } from "@fairlead/apimachinery";
import { field } from "../objects.ts";
import {
  allowPrivilegeEscalation,
  appArmorProfile,
  capabilitiesBaseline,
  capabilitiesRestricted,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbes,
  podParts,
  privileged,
  procMount,
  seLinuxOptions,
  sysctls,
  windowsHostProcess,
  type PodCheck,
  type PodParts,
  type Violation,
} from "./checks.ts";
import type { LevelVersion } from "./policy.ts";
import {
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  seccompAnnotations,
  seccompBaseline,
  seccompRestricted,
} from "./restricted-checks.ts";

interface Check {
  readonly id: string;
  /** By the first minor version that has it, ascending. */
  readonly versions: readonly (readonly [since: number, check: PodCheck])[];
  /** The check of the baseline that it replaces. */
  readonly instead?: string;
}

const inUserNamespace = ({ spec }: PodParts): boolean => spec["hostUsers"] === false;
const onWindows = ({ spec }: PodParts): boolean => field(spec, "os", "name") === "windows";

const unless =
  (isExempt: (pod: PodParts) => boolean, check: PodCheck): PodCheck =>
  (pod) =>
    isExempt(pod) ? undefined : check(pod);

const types = ["", "container_t", "container_init_t", "container_kvm_t"];
const safe = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_unprivileged_port_start",
];
const safe27 = [...safe, "net.ipv4.ip_local_reserved_ports"];
const safe29 = [
  ...safe27,
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
];
const safe32 = [...safe29, "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"];

// Both in the order of their names: that is the order in which a message lists what is wrong.
const baseline: readonly Check[] = [
  { id: "appArmorProfile", versions: [[0, appArmorProfile]] },
  { id: "capabilities_baseline", versions: [[0, capabilitiesBaseline]] },
  { id: "hostNamespaces", versions: [[0, hostNamespaces]] },
  { id: "hostPathVolumes", versions: [[0, hostPathVolumes]] },
  { id: "hostPorts", versions: [[0, hostPorts]] },
  { id: "hostProbesAndHostLifecycle", versions: [[34, hostProbes]] },
  { id: "privileged", versions: [[0, privileged]] },
  {
    id: "procMount",
    versions: [
      [0, procMount],
      [35, unless(inUserNamespace, procMount)],
    ],
  },
  {
    id: "seLinuxOptions",
    versions: [
      [0, seLinuxOptions(new Set(types))],
      [31, seLinuxOptions(new Set([...types, "container_engine_t"]))],
    ],
  },
  {
    id: "seccompProfile_baseline",
    versions: [
      [0, seccompAnnotations],
      [19, seccompBaseline],
    ],
  },
  {
    id: "sysctls",
    versions: [
      [0, sysctls(new Set(safe))],
      [27, sysctls(new Set(safe27))],
      [29, sysctls(new Set(safe29))],
      [32, sysctls(new Set(safe32))],
    ],
  },
  { id: "windowsHostProcess", versions: [[0, windowsHostProcess]] },
];

const restricted: readonly Check[] = [
  {
    id: "allowPrivilegeEscalation",
    versions: [
      [8, allowPrivilegeEscalation],
      [25, unless(onWindows, allowPrivilegeEscalation)],
    ],
  },
  {
    id: "capabilities_restricted",
    versions: [
      [22, capabilitiesRestricted],
      [25, unless(onWindows, capabilitiesRestricted)],
    ],
    instead: "capabilities_baseline",
  },
  { id: "procMount_restricted", versions: [[35, procMount]], instead: "procMount" },
  { id: "restrictedVolumes", versions: [[0, restrictedVolumes]], instead: "hostPathVolumes" },
  {
    id: "runAsNonRoot",
    versions: [
      [0, runAsNonRoot],
      [35, unless(inUserNamespace, runAsNonRoot)],
    ],
  },
  {
    id: "runAsUser",
    versions: [
      [23, runAsUser],
      [35, unless(inUserNamespace, runAsUser)],
    ],
  },
  {
    id: "seccompProfile_restricted",
    versions: [
      [19, seccompRestricted],
      [25, unless(onWindows, seccompRestricted)],
    ],
    instead: "seccompProfile_baseline",
  },
];

const checkAt = ({ versions }: Check, minor: number): PodCheck | undefined =>
  versions.findLast(([since]) => since <= minor)?.[1];

function checksOf({ level, minor }: LevelVersion): PodCheck[] {
  if (level === "privileged") return [];
  const isBaseline = level === "baseline";
  const strict = isBaseline ? [] : restricted.filter((check) => checkAt(check, minor) !== undefined);
  const replaced = new Set(strict.map((check) => check.instead));
  return [...baseline.filter(({ id }) => !replaced.has(id)), ...strict]
    .map((check) => checkAt(check, minor))
    .filter((check) => check !== undefined);
}

/** All that a Pod (or the template of one) does against a Pod Security Standard, as Kubernetes 1.36 knows them. */
export function violations(pod: JsonObject, level: LevelVersion): Violation[] {
  const parts = podParts(pod);
  return checksOf(level)
    .map((check) => check(parts))
    .filter((found) => found !== undefined);
}

/** `privileged (container "x" must not set …), hostPort (…)` */
export function violationsText(found: readonly Violation[]): string {
  return found.map(({ reason, detail }) => (detail === "" ? reason : `${reason} (${detail})`)).join(", ");
}
