import { get, isObject, textOf, type JsonValue } from "@fairlead/apimachinery";
import { invalidValue, unsupportedValue } from "../../field-problem.ts";
import { listOf, type Problems } from "./checks.ts";
import { goStruct, type GoFields } from "./go-struct.ts";
import { appArmorProblems, profileFields, seccompProblems } from "./profiles.ts";
import { windowsOptionsProblems } from "./windows-options.ts";

const most = 2_147_483_647;

/** Numbers of users and groups. */
export function* idProblems(at: string, id: JsonValue | undefined): Problems {
  if (typeof id === "number" && (id < 0 || id > most)) {
    yield invalidValue(at, id, `must be between 0 and ${most}, inclusive`);
  }
}

const fields: GoFields = {
  Capabilities: { Add: true, Drop: true },
  Privileged: true,
  SELinuxOptions: { User: true, Role: true, Type: true, Level: true },
  WindowsOptions: { GMSACredentialSpecName: true, GMSACredentialSpec: true, RunAsUserName: true, HostProcess: true },
  RunAsUser: true,
  RunAsGroup: true,
  RunAsNonRoot: true,
  ReadOnlyRootFilesystem: true,
  AllowPrivilegeEscalation: true,
  ProcMount: true,
  SeccompProfile: profileFields,
  AppArmorProfile: profileFields,
};

/** What is wrong with the `securityContext` of a container. */
export function* containerSecurityProblems(
  context: JsonValue | undefined,
  at: string,
  { hostUsers }: { readonly hostUsers: boolean },
): Problems {
  if (!isObject(context)) return;
  yield* idProblems(`${at}.runAsUser`, context["runAsUser"]);
  yield* idProblems(`${at}.runAsGroup`, context["runAsGroup"]);
  const mount = context["procMount"];
  if (typeof mount === "string") {
    const known = ["Default", "Unmasked"];
    if (!known.includes(mount)) yield unsupportedValue(`${at}.procMount`, mount, known);
    if (hostUsers && mount === "Unmasked") {
      yield invalidValue(`${at}.procMount`, mount, "`hostUsers` must be false to use `Unmasked`");
    }
  }
  yield* seccompProblems(context["seccompProfile"], `${at}.seccompProfile`);
  if (context["allowPrivilegeEscalation"] === false) {
    const shown = goStruct(context, fields);
    if (context["privileged"] === true) {
      yield invalidValue(at, shown, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
    }
    for (const capability of listOf(get(context["capabilities"], "add"))) {
      if (textOf(capability) !== "CAP_SYS_ADMIN") continue;
      const why = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
      yield invalidValue(at, shown, why);
    }
  }
  yield* windowsOptionsProblems(context["windowsOptions"], `${at}.windowsOptions`);
  yield* appArmorProblems(context["appArmorProfile"], `${at}.appArmorProfile`);
}
