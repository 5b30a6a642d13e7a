import { get, isObject } from "@fairlead/apimachinery";
import { dialectOf, dialects } from "../dialects/dialects.ts";
import { fleetKind, functionConfigKind } from "../kinds/group.ts";
import { isKindName, loadKind, type KindName, type LoadedKind } from "../kinds/load.ts";
import { decodeDeclaration } from "./decode-declaration.ts";
import { undecoded, type DecodeResult, type Origin } from "./decoded.ts";
import { compileFinding } from "./findings.ts";
import { describeFound, isOurs, missing } from "./identity.ts";
import { passThrough } from "./pass-through.ts";
import type { Resource } from "./resource.ts";

export type Kinds = ReadonlyMap<KindName, LoadedKind>;

/** Loads the kinds that occur in the input, so that decoding itself waits for nothing. */
export async function loadKindsOf(resources: readonly Resource[]): Promise<Kinds> {
  const names = new Set<KindName>();
  for (const { value } of resources) {
    const written = get(value, "kind");
    if (typeof written !== "string") continue;
    const name = dialects.get(written)?.kind ?? written;
    if (isKindName(name)) names.add(name);
  }
  const kinds = await Promise.all([...names].map(async (name) => [name, await loadKind(name)] as const));
  return new Map(kinds);
}

/** Tells what a document is: a declaration, an object that passes through, or a problem. */
export function decode({ value, source }: Resource, kinds: Kinds, compat: boolean): DecodeResult {
  const origin: Origin = { source, fields: undefined };
  if (!isObject(value)) {
    const message = `the document is ${describeFound(value)}, not an object`;
    return undecoded(origin, compileFinding("FL100", { message, field: [] }));
  }
  const { apiVersion, kind } = value;
  if (typeof kind !== "string" || kind === "") return undecoded(origin, missing(value, "kind", kind));
  const ours = isOurs(apiVersion);
  const foreign = ours ? undefined : dialectOf(apiVersion, kind);
  if (foreign !== undefined) {
    const { object, fields, findings } = foreign.convert(value, { compat });
    const rest = decodeDeclaration(object, loaded(kinds, foreign.kind), { source, fields });
    // The dialect says which of its fields should have given the name.
    const named = get(object["metadata"], "name") !== undefined;
    const others = rest.findings.filter(({ code }) => named || code !== "FL104");
    return { ...rest, findings: others, foreignFindings: findings };
  }
  if (ours && isKindName(kind)) return decodeDeclaration(value, loaded(kinds, kind), origin);
  // A folder that kustomize or kpt renders, or that `fairlead up` runs, holds one, too.
  if (ours && (kind === functionConfigKind || kind === fleetKind)) return undecoded(origin);
  return passThrough(value, kind, origin);
}

function loaded(kinds: Kinds, name: string): LoadedKind {
  const kind = kinds.get(name as KindName);
  if (kind === undefined) throw new Error(`kind ${name} was not loaded`);
  return kind;
}
