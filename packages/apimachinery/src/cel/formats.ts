import { celFunc, celList, celMethod, CelScalar, type CelFunc, type CelMap } from "@bufbuild/cel";
import {
  dns1035LabelProblem,
  dns1123LabelProblem,
  dns1123SubdomainProblem,
  labelKeyProblem,
  labelValueProblem,
  type NameCheck,
} from "../names/names.ts";
import { formatCheck } from "../schema/formats.ts";
import { MAP, opaque, optional, textOf } from "./opaque.ts";

const { DYN, STRING } = CelScalar;

const ofSchema =
  (format: string, message: string): NameCheck =>
  (text) =>
    formatCheck(format)?.(text) === undefined ? undefined : message;

/** Names made by `generateName` end in a hyphen and get five characters more. */
const prefix =
  (check: NameCheck): NameCheck =>
  (text) =>
    check(text.endsWith("-") ? `${text.slice(0, -1)}a` : text);

const formats = new Map<string, NameCheck>([
  ["dns1123Label", dns1123LabelProblem],
  ["dns1123Subdomain", dns1123SubdomainProblem],
  ["dns1035Label", dns1035LabelProblem],
  ["dns1123LabelPrefix", prefix(dns1123LabelProblem)],
  ["dns1123SubdomainPrefix", prefix(dns1123SubdomainProblem)],
  ["dns1035LabelPrefix", prefix(dns1035LabelProblem)],
  ["qualifiedName", (text) => labelKeyProblem(text)?.replace("a valid label key", "a qualified name")],
  ["labelValue", labelValueProblem],
  ["uri", ofSchema("uri", "invalid URI")],
  ["uuid", ofSchema("uuid", "does not match the UUID format")],
  ["byte", ofSchema("go-bytes", "invalid base64")],
  ["date", ofSchema("date", "invalid date")],
  ["datetime", ofSchema("date-time", "invalid datetime")],
]);

function validate(format: CelMap, text: string): CelMap {
  const problem = formats.get(textOf(format, "format"))!(text);
  return optional(problem === undefined ? undefined : celList([problem]));
}

export const formatFunctions: CelFunc[] = [
  celFunc("format.named", [STRING], MAP, (name) => optional(formats.has(name) ? opaque("format", name) : undefined)),
  ...[...formats.keys()].map((name) => celFunc(`format.${name}`, [], MAP, () => opaque("format", name))),
  celMethod("validate", MAP, [STRING], DYN, function (text) {
    return validate(this, text);
  }),
];
