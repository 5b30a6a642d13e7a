import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { duplicateValue, forbiddenValue, invalidValue, requiredValue, unsupportedValue } from "../../field-problem.ts";
import { isSet, listOf, text, type Problems } from "./checks.ts";
import { containersOf } from "./pod-containers.ts";
import { appArmorProblems, seccompProblems } from "./profiles.ts";
import { idProblems } from "./security-context.ts";
import { linuxPodProblems, windowsOptionsProblems, windowsPodProblems } from "./windows-options.ts";

const known: Readonly<Record<string, readonly string[]>> = {
  fsGroupChangePolicy: ["Always", "OnRootMismatch"],
  supplementalGroupsPolicy: ["Merge", "Strict"],
  seLinuxChangePolicy: ["Recursive"],
};

function* knownPolicy(context: JsonObject, key: string, at: string): Problems {
  const value = context[key];
  if (typeof value !== "string" || known[key]!.includes(value)) return;
  yield unsupportedValue(`${at}.${key}`, value, known[key]!);
}

/** What is wrong with the `securityContext` of a pod, and with what of it is written beside it. */
export function* podSecurityProblems(spec: JsonObject, specAt: string): Problems {
  const context = isObject(spec["securityContext"]) ? spec["securityContext"] : {};
  const at = `${specAt}.securityContext`;
  for (const key of ["fsGroup", "runAsUser", "runAsGroup"]) yield* idProblems(`${at}.${key}`, context[key]);
  for (const [index, group] of listOf(context["supplementalGroups"]).entries()) {
    yield* idProblems(`${at}.supplementalGroups[${index}]`, group);
  }
  if (spec["shareProcessNamespace"] === true && spec["hostPID"] === true) {
    const why = "ShareProcessNamespace and HostPID cannot both be enabled";
    yield invalidValue(`${at}.shareProcessNamespace`, true, why);
  }
  yield* sysctlProblems(spec, context["sysctls"], `${at}.sysctls`);
  yield* knownPolicy(context, "fsGroupChangePolicy", at);
  yield* seccompProblems(context["seccompProfile"], `${at}.seccompProfile`);
  yield* windowsOptionsProblems(context["windowsOptions"], `${at}.windowsOptions`);
  yield* appArmorProblems(context["appArmorProfile"], `${at}.appArmorProfile`);
  yield* knownPolicy(context, "supplementalGroupsPolicy", at);
  yield* knownPolicy(context, "seLinuxChangePolicy", at);
}

const sysctlName = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;
const sysctlText = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
const longestSysctl = 253;

function* sysctlProblems(spec: JsonObject, list: JsonValue | undefined, at: string): Problems {
  const seen = new Set<string>();
  for (const [index, one] of listOf(list).entries()) {
    const here = `${at}[${index}].name`;
    const name = text(one, "name");
    if (name === "") yield requiredValue(here);
    else if (name.length > longestSysctl || !sysctlName.test(name)) {
      yield invalidValue(here, name, `must have at most ${longestSysctl} characters and match regex ${sysctlText}`);
    } else if (seen.has(name)) yield duplicateValue(here, name);
    seen.add(name);
    const shared = namespaceOf(name);
    if (shared !== undefined && spec[shared] === true) {
      yield invalidValue(here, name, `may not be specified when '${shared}' is true`);
    }
  }
}

const ipcNames = new Set(
  ["sem", "shmall", "shmmax", "shmmni", "shm_rmid_forced", "shm", "msgmax", "msgmnb", "msgmni", "msg"].map(
    (name) => `kernel.${name}`,
  ),
);

/** By which field of a pod a sysctl is the host's. */
function namespaceOf(sysctl: string): "hostIPC" | "hostNetwork" | undefined {
  const name = dotted(sysctl);
  if (ipcNames.has(name) || name.startsWith("fs.mqueue.")) return "hostIPC";
  return name.startsWith("net.") ? "hostNetwork" : undefined;
}

/** Slashes may separate, too: then the dots in a name are its own. */
function dotted(sysctl: string): string {
  const first = /[./]/.exec(sysctl)?.[0];
  if (first !== "/") return sysctl;
  return sysctl.replaceAll(/[./]/g, (one) => (one === "/" ? "." : "/"));
}

/** What pods with users of their own may not share with the host. */
export function* hostUsersProblems(spec: JsonObject, at: string): Problems {
  if (spec["hostUsers"] !== false) return;
  const why = "when `hostUsers` is false";
  if (spec["hostNetwork"] === true) yield forbiddenValue(`${at}.hostNetwork`, why);
  if (spec["hostPID"] === true) yield forbiddenValue(`${at}.HostPID`, why);
  if (spec["hostIPC"] === true) yield forbiddenValue(`${at}.HostIPC`, why);
  for (const { container, at: here } of containersOf(spec, at)) {
    if (listOf(get(container, "volumeDevices")).length > 0) yield forbiddenValue(`${here}.volumeDevices`, why);
  }
}

const systems = ["linux", "windows"];

/** What the operating system of a pod does not have. */
export function* systemProblems(spec: JsonObject, at: string): Problems {
  if (!isSet(spec["os"])) return;
  const name = textOf(get(spec["os"], "name"));
  if (name === "") yield requiredValue(`${at}.os.name`);
  else if (!systems.includes(name)) yield unsupportedValue(`${at}.os`, name, systems);
  else if (name === "linux") yield* linuxPodProblems(spec, at);
  else yield* windowsPodProblems(spec, at);
}

/** The ports of a pod on the host's network are the host's. */
export function* hostNetworkProblems(spec: JsonObject, at: string, { isPod }: { readonly isPod: boolean }): Problems {
  if (spec["hostNetwork"] !== true) return;
  for (const [index, container] of listOf(spec["containers"]).entries()) {
    for (const [which, port] of listOf(get(container, "ports")).entries()) {
      const [host, own] = [get(port, "hostPort") ?? 0, get(port, "containerPort") ?? 0];
      // Of a template they are filled in once there is a pod.
      if (host === own || (!isPod && host === 0)) continue;
      const why = "must match `containerPort` when `hostNetwork` is true";
      yield invalidValue(`${at}.containers[${index}].ports[${which}].hostPort`, host, why);
    }
  }
}
