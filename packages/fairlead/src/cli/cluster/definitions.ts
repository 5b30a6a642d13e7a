import type { KrmObject } from "@fairlead/krm";
import { admiralKinds } from "../../kinds/admiral/admiral-kinds.ts";
import { kindNames, loadKind, type KindName } from "../../kinds/load.ts";
import { admiralCrdOf } from "../../schema/admiral-crd.ts";
import { crdOf } from "../../schema/crd.ts";
import type { KindGroup } from "../kind-group.ts";

/** The CustomResourceDefinitions of a group of kinds; of all of Fairlead's own unless told. */
export async function definitions(group: KindGroup = "fairlead"): Promise<KrmObject[]> {
  const names: readonly KindName[] = group === "mesh" ? ["MeshConfig"] : kindNames;
  const kinds = await Promise.all(names.map((name) => loadKind(name)));
  return [...kinds.map(crdOf), ...(group === "fairlead" ? [] : admiralKinds.map(admiralCrdOf))];
}
