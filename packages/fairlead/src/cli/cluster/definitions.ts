import type { KrmObject } from "@fairlead/krm";
import { kindNames, loadKind } from "../../kinds/load.ts";
import { crdOf } from "../../schema/crd.ts";

/** The CustomResourceDefinitions of all of Fairlead's kinds. */
export async function definitions(): Promise<KrmObject[]> {
  const kinds = await Promise.all(kindNames.map((name) => loadKind(name)));
  return kinds.map(crdOf);
}
