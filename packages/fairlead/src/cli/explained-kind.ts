import { nearest } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { kindNames, loadKind, type LoadedKind } from "../kinds/load.ts";
import { cliFinding } from "./findings.ts";
import { kindByName } from "./kind-argument.ts";

/** A kind of ours or of `admiral.io` by the name people type, or why there is none. */
export async function explainedKind(name: string): Promise<LoadedKind | Finding> {
  const own = kindByName(name);
  if (own !== undefined) return loadKind(own);
  const others = await meshKinds();
  const wanted = name.toLowerCase();
  const found = others.find(({ kind, plural, singular, shortNames }) =>
    [kind.toLowerCase(), plural, singular, ...shortNames].includes(wanted),
  );
  if (found !== undefined) return found;
  const guess = nearest(name, [...kindNames, ...others.map(({ kind }) => kind)]);
  return cliFinding("FL605", {
    message: `there is no kind ${JSON.stringify(name)}`,
    hint: guess === undefined ? `the kinds are ${kindNames.join(", ")}` : `did you mean ${guess}?`,
  });
}

/** The kinds of `admiral.io`, told like our own. Read when one of them is asked for. */
export async function meshKinds(): Promise<readonly LoadedKind[]> {
  const { admiralKinds } = await import("../kinds/admiral/admiral-kinds.ts");
  const { admiralSchemaKind } = await import("../schema/admiral-crd.ts");
  return admiralKinds.map((kind) => ({ ...kind, capability: "mesh", schema: admiralSchemaKind(kind).schema }));
}
