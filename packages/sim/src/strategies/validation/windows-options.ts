import {
  dns1123SubdomainProblem,
  get,
  isObject,
  textOf,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import { forbiddenValue, invalidValue } from "../../field-problem.ts";
import { isSet, objections, read, type Problems } from "./checks.ts";
import { containersOf } from "./pod-containers.ts";

const longestSpec = 64 * 1024;
const longestDomain = 256;
const longestUser = 104;
// eslint-disable-next-line no-control-regex
const control = /[\u0000-\u001f\u007f]/;
const netBios = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const dnsDomain = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;

/** What is wrong with `windowsOptions` of a pod or container. */
export function* windowsOptionsProblems(options: JsonValue | undefined, at: string): Problems {
  if (!isObject(options)) return;
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName: user } = options;
  if (isSet(name)) yield* objections(`${at}.gmsaCredentialSpecName`, name, dns1123SubdomainProblem(textOf(name)));
  if (spec === "") {
    yield invalidValue(`${at}.gmsaCredentialSpec`, spec, "gmsaCredentialSpec cannot be an empty string");
  } else if (Buffer.byteLength(textOf(spec)) > longestSpec) {
    yield invalidValue(`${at}.gmsaCredentialSpec`, spec, "gmsaCredentialSpec size must be under 64 KiB");
  }
  if (typeof user !== "string") return;
  for (const why of userProblems(user)) yield invalidValue(`${at}.runAsUserName`, user, `runAsUserName${why}`);
}

/** `DOMAIN\USER`; the domain may be left out. */
function* userProblems(name: string): Generator<string> {
  const parts = name.split("\\");
  if (name === "") yield " cannot be an empty string";
  else if (control.test(name)) yield " cannot contain control characters";
  else if (parts.length > 2) yield " cannot contain more than one backslash";
  else {
    const [domain, user] = parts.length === 1 ? [undefined, name] : [parts[0]!, parts[1]!];
    if (domain !== undefined) {
      if (Buffer.byteLength(domain) >= longestDomain) {
        yield `'s Domain length must be under ${longestDomain} characters`;
      }
      if (!netBios.test(domain) && !dnsDomain.test(domain)) {
        yield "'s Domain doesn't match the NetBios nor the DNS format";
      }
    }
    if (user === "") yield "'s User cannot be empty";
    else if (Buffer.byteLength(user) > longestUser) {
      yield `'s User length must not be longer than ${longestUser} characters`;
    }
    if (/^[. ]+$/.test(user)) yield "'s User cannot contain only periods or spaces";
    if (/["/\\:;|=,+*?<>@[\]]/.test(user)) {
      yield `'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]`;
    }
  }
}

/** Containers that are processes of a Windows node: all of a pod, or none. */
export function* hostProcessProblems(spec: JsonObject, at: string): Problems {
  const own = read(spec, "securityContext", "windowsOptions", "hostProcess");
  const containers = containersOf(spec, at);
  let count = 0;
  for (const { container, at: here } of containers) {
    const value = read(container, "securityContext", "windowsOptions", "hostProcess");
    if (isSet(own) && isSet(value) && own !== value) {
      const why = `pod hostProcess value must be identical if both are specified, was ${JSON.stringify(own)}`;
      yield invalidValue(`${here}.securityContext.windowsOptions.hostProcess`, value, why);
    }
    if ((isSet(value) ? value : own) === true) count++;
  }
  if (count === 0) return;
  if (count !== containers.length) {
    const why = "If pod contains any hostProcess containers then all containers must be HostProcess containers";
    yield invalidValue(at, "", why);
  }
  if (get(spec, "hostNetwork") !== true) {
    const why = "hostNetwork must be true if pod contains any hostProcess containers";
    yield invalidValue(`${at}.hostNetwork`, false, why);
  }
}

const podFields = [
  "securityContext.appArmorProfile",
  "securityContext.seLinuxOptions",
  "hostUsers",
  "hostPID",
  "hostIPC",
  "securityContext.seccompProfile",
  "securityContext.fsGroup",
  "securityContext.fsGroupChangePolicy",
  "securityContext.sysctls",
  "shareProcessNamespace",
  "securityContext.runAsUser",
  "securityContext.runAsGroup",
  "securityContext.supplementalGroups",
  "securityContext.supplementalGroupsPolicy",
  "securityContext.seLinuxChangePolicy",
];

const containerFields = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "capabilities",
  "readOnlyRootFilesystem",
  "privileged",
  "allowPrivilegeEscalation",
  "procMount",
  "runAsUser",
  "runAsGroup",
];

/** What only Linux has. */
export function* windowsPodProblems(spec: JsonObject, at: string): Problems {
  const why = "cannot be set for a windows pod";
  for (const field of podFields) {
    const value = read(spec, ...field.split("."));
    const isNothing = (field === "hostPID" || field === "hostIPC") && value === false;
    const isEmpty = Array.isArray(value) && value.length === 0 && field.endsWith("sysctls");
    if (isSet(value) && !isNothing && !isEmpty) yield forbiddenValue(`${at}.${field}`, why);
  }
  for (const { container, at: here } of containersOf(spec, at)) {
    for (const field of containerFields) {
      const value = read(container, "securityContext", field);
      if (isSet(value)) yield forbiddenValue(`${here}.securityContext.${field}`, why);
    }
  }
}

/** What only Windows has. */
export function* linuxPodProblems(spec: JsonObject, at: string): Problems {
  const why = "windows options cannot be set for a linux pod";
  const holders = [{ container: spec as JsonValue, at }, ...containersOf(spec, at)];
  for (const { container, at: here } of holders) {
    const options = read(container, "securityContext", "windowsOptions");
    if (isSet(options)) yield forbiddenValue(`${here}.securityContext.windowsOptions`, why);
  }
}
