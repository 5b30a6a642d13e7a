import type { JsonObject } from "@fairlead/apimachinery";
import { pairs, strings, type Project, type Service } from "./service.ts";
import { boolean, integer } from "./units.ts";

export interface Security {
  /** The container's securityContext. */
  readonly container: JsonObject;
  /** The pod's securityContext. */
  readonly pod: JsonObject;
  /** The switches that have to be off for the container to run as it does in Compose. */
  readonly hardening: { [name: string]: boolean };
}

/** User, capabilities, privileges and kernel parameters. */
export function readSecurity(service: Service, project: Project): Security {
  const { value } = service;
  const container: JsonObject = {};
  const pod: JsonObject = {};
  const hardening: { [name: string]: boolean } = {};
  const privileged = boolean(value["privileged"]) === true;
  if (!readUser(service, project, container)) hardening["nonRoot"] = false;
  if (boolean(value["read_only"]) !== true) hardening["readOnlyRootFilesystem"] = false;
  const options = readOptions(service, project, container);
  if (!options.noNewPrivileges || privileged) hardening["noPrivilegeEscalation"] = false;
  if (options.unconfined || privileged) hardening["seccomp"] = false;
  const drop = strings(value["cap_drop"]).map(capability);
  const add = strings(value["cap_add"]).map(capability);
  if (!drop.includes("ALL") || privileged) hardening["dropCapabilities"] = false;
  if (drop.length > 0 || add.length > 0) {
    container["capabilities"] = { ...(drop.length > 0 && { drop }), ...(add.length > 0 && { add }) };
  }
  if (privileged) container["privileged"] = true;
  readGroups(service, project, pod);
  const sysctls = pairs(value["sysctls"]).map(([name, text]) => ({ name, value: text ?? "" }));
  if (sysctls.length > 0) pod["sysctls"] = sysctls;
  const off = Object.keys(hardening);
  if (off.length > 0) {
    project.report(
      "FL568",
      service,
      [],
      `service ${service.name}: ${off.join(", ")} ${off.length === 1 ? "is" : "are"} off, as in Compose`,
      "turn them on one by one by removing them from `hardening`",
    );
  }
  return { container, pod, hardening };
}

/** Whether the user is known not to be root. */
function readUser(service: Service, project: Project, container: JsonObject): boolean {
  const written = service.value["user"];
  if (written === undefined || written === null || written === "") return false;
  const [user = "", group] = String(written as string | number).split(":");
  const uid = integer(user);
  const gid = group === undefined ? undefined : integer(group);
  if (uid !== undefined) container["runAsUser"] = uid;
  if (gid !== undefined) container["runAsGroup"] = gid;
  if ((uid === undefined && user !== "") || (group !== undefined && gid === undefined)) {
    project.report(
      "FL554",
      service,
      ["user"],
      `service ${service.name}: user ${JSON.stringify(written)} is a name; a cluster needs numbers`,
      "write `securityContext.runAsUser` and `runAsGroup` with the numbers that the image's /etc/passwd has",
    );
  }
  return uid !== undefined && uid > 0;
}

function readOptions(service: Service, project: Project, container: JsonObject) {
  let noNewPrivileges = false;
  let unconfined = false;
  for (const [index, option] of strings(service.value["security_opt"]).entries()) {
    const [, name = "", text = ""] = /^([^:=]+)[:=]?(.*)$/s.exec(option) ?? [];
    if (name === "no-new-privileges") noNewPrivileges = text !== "false";
    else if (name === "seccomp" && text === "unconfined") unconfined = true;
    else if (name === "apparmor" && text !== "") {
      container["appArmorProfile"] =
        text === "unconfined" ? { type: "Unconfined" } : { type: "Localhost", localhostProfile: text };
    } else {
      project.report(
        "FL554",
        service,
        ["security_opt", index],
        `service ${service.name}: security option ${JSON.stringify(option)} is not carried`,
        "write what it means in the container's `securityContext`",
      );
    }
  }
  return { noNewPrivileges, unconfined };
}

function readGroups(service: Service, project: Project, pod: JsonObject): void {
  const groups: number[] = [];
  for (const [index, group] of strings(service.value["group_add"]).entries()) {
    const gid = integer(group);
    if (gid !== undefined) groups.push(gid);
    else
      project.report(
        "FL554",
        service,
        ["group_add", index],
        `service ${service.name}: group ${JSON.stringify(group)} is a name; a cluster needs its number`,
        "write `securityContext.supplementalGroups`",
      );
  }
  if (groups.length > 0) pod["supplementalGroups"] = groups;
}

function capability(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, "");
}
