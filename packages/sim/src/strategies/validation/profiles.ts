import { get, isObject, textOf, type JsonValue } from "@fairlead/apimachinery";
import { invalidValue, requiredValue, tooLong, unsupportedValue } from "../../field-problem.ts";
import { isSet, text, type Problems } from "./checks.ts";
import { goStruct } from "./go-struct.ts";
import { descendingPath } from "./paths.ts";

const types = ["Localhost", "RuntimeDefault", "Unconfined"];

export const profileFields = { Type: true, LocalhostProfile: true } as const;

/** What is wrong with a `seccompProfile`. */
export function* seccompProblems(profile: JsonValue | undefined, at: string): Problems {
  if (!isObject(profile)) return;
  const type = text(profile, "type");
  if (type === "") yield requiredValue(`${at}.type`, "type is required when seccompProfile is set");
  else if (!types.includes(type)) yield unsupportedValue(`${at}.type`, type, types);
  const local = get(profile, "localhostProfile");
  if (type !== "Localhost") {
    if (!isSet(local)) return;
    const why = "can only be set when seccomp type is Localhost";
    yield invalidValue(`${at}.localhostProfile`, goStruct(profile, profileFields), why);
  } else if (isSet(local)) yield* descendingPath(`${at}.localhostProfile`, textOf(local));
  else yield requiredValue(`${at}.localhostProfile`, "must be set when seccomp type is Localhost");
}

const longestPath = 4095;

/** What is wrong with an `appArmorProfile`. */
export function* appArmorProblems(profile: JsonValue | undefined, at: string): Problems {
  if (!isObject(profile)) return;
  const type = text(profile, "type");
  const local = get(profile, "localhostProfile");
  const here = `${at}.localhostProfile`;
  if (type === "") yield requiredValue(`${at}.type`, "type is required when appArmorProfile is set");
  else if (!types.includes(type)) yield unsupportedValue(`${at}.type`, type, types);
  else if (type !== "Localhost") {
    if (isSet(local)) yield invalidValue(here, local, "can only be set when AppArmor type is Localhost");
  } else {
    const path = textOf(local);
    if (path.trim() !== path) yield invalidValue(here, path, "must not be padded with whitespace");
    else if (path === "") yield requiredValue(here, "must be set when AppArmor type is Localhost");
    if (Buffer.byteLength(path) > longestPath) yield tooLong(here, longestPath);
  }
}
