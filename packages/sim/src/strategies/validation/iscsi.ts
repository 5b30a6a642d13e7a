import { isObject, type JsonObject } from "@fairlead/apimachinery";
import { invalidValue, requiredValue } from "../../field-problem.ts";
import { text, type Problems } from "./checks.ts";

const formats: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.([\da-zA-Z-.]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[\da-zA-Z]{16}$/,
  naa: /^naa.[\da-zA-Z]{32}$/,
};

const longestPortal = 64;

/** What is wrong with an iSCSI source. */
export function* iscsiProblems(
  source: JsonObject,
  at: string,
  { isPersistent, name }: { readonly isPersistent: boolean; readonly name: string },
): Problems {
  const portal = text(source, "targetPortal");
  const initiator = source["initiatorName"];
  const isTooLong = typeof initiator === "string" && Buffer.byteLength(`${name}:${portal}`) > longestPortal;
  const why =
    "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";
  if (portal === "") yield requiredValue(`${at}.targetPortal`);
  if (isTooLong && isPersistent) yield invalidValue(`${at}.targetportal`, portal, why);
  const unknown = isPersistent ? "must be valid format" : "must be valid format starting with iqn, eui, or naa";
  const iqn = text(source, "iqn");
  if (iqn === "") yield requiredValue(`${at}.iqn`);
  else yield* nameProblems(iqn, `${at}.iqn`, unknown);
  const lun = source["lun"];
  if (typeof lun === "number" && (lun < 0 || lun > 255)) {
    yield invalidValue(`${at}.lun`, lun, "must be between 0 and 255, inclusive");
  }
  const secret = source["secretRef"];
  const needsSecret = source["chapAuthDiscovery"] === true || source["chapAuthSession"] === true;
  if (needsSecret && !isObject(secret)) yield requiredValue(`${at}.secretRef`);
  if (isPersistent && isObject(secret) && text(secret, "name") === "") yield requiredValue(`${at}.secretRef.name`);
  if (typeof initiator === "string") yield* nameProblems(initiator, `${at}.initiatorname`, unknown);
  if (isTooLong && !isPersistent) yield invalidValue(`${at.slice(0, at.lastIndexOf("."))}.name`, name, why);
}

function* nameProblems(name: string, at: string, unknown: string): Problems {
  const format = formats[name.slice(0, 3)];
  if (format === undefined) yield invalidValue(at, name, unknown);
  else if (!format.test(name)) yield invalidValue(at, name, "must be valid format");
}
