import { nearest, type JsonObject } from "@fairlead/apimachinery";
import { groupOf, refOf, type Finding, type KrmObject } from "@fairlead/krm";
import { dialects, isOfOtherDomain } from "../dialects/dialects.ts";
import { apiVersion, isKindName, kindNames } from "../kinds/load.ts";
import { undecoded, type DecodeResult, type Origin } from "./decoded.ts";
import { compileFinding } from "./findings.ts";
import { describeFound, isOurs, missing } from "./identity.ts";

/** Lets an object of somebody else through, unless its kind was probably meant to be one that Fairlead reads. */
export function passThrough(value: JsonObject, kind: string, origin: Origin): DecodeResult {
  const problem = identityProblem(value, kind);
  if (problem !== undefined) return undecoded(origin, problem);
  const object = value as KrmObject;
  return { decoded: { kind: "object", object, source: origin.source }, findings: [], foreignFindings: [], origin };
}

function identityProblem(value: JsonObject, kind: string): Finding | undefined {
  const object = refOf(value);
  const version = value["apiVersion"];
  if (kind === "List" && version === "v1") {
    // A List with a list in it was taken apart before.
    const message = `items of the List is ${describeFound(value["items"] ?? null)}, not a list`;
    return compileFinding("FL100", { message, hint: "write items: followed by a list of objects", field: ["items"] });
  }
  const isWritten = typeof version === "string" && version !== "";
  if (isOurs(version)) {
    const guess = nearest(kind, [...kindNames, ...dialects.keys()]);
    return compileFinding("FL102", {
      message: `Fairlead has no kind ${JSON.stringify(kind)}`,
      hint: guess === undefined ? `the kinds are ${kindNames.join(", ")}` : `did you mean ${guess}?`,
      object,
      field: ["kind"],
    });
  }
  if (isKindName(kind) && !isWritten) {
    return compileFinding("FL103", {
      message: `${kind} has no apiVersion`,
      hint: `write apiVersion: ${apiVersion}`,
      object,
      field: ["apiVersion"],
    });
  }
  const near = isWritten && isForeign(version) ? undefined : nearOurs(kind);
  if (near !== undefined) {
    return compileFinding("FL102", {
      message: `${JSON.stringify(kind)} is not a kind that Fairlead knows`,
      hint: `did you mean ${near}?`,
      object,
      field: ["kind"],
    });
  }
  return isWritten ? undefined : missing(value, "apiVersion", version);
}

function nearOurs(kind: string): string | undefined {
  const longNames = kindNames.filter((name) => name.length > 5);
  return nearest(kind, dialects.keys()) ?? nearest(kind, longNames);
}

/** Groups of Kubernetes without a domain, which nobody else may have. */
const builtinGroups = new Set(["apps", "autoscaling", "batch", "extensions", "policy"]);

/** In a group with a domain, or one of Kubernetes' own: somebody else's kind, whatever its name is like. */
function isForeign(version: string): boolean {
  return isOfOtherDomain(version) || builtinGroups.has(groupOf(version));
}
