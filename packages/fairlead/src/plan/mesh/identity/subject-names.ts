import { compareText } from "@fairlead/apimachinery";
import type { Fleet, IdentityFacts } from "../model/fleet.ts";
import type { Backend } from "../model/intent.ts";

/** The names that certificates of the servers carry, sorted. */
export function subjectNamesOf(identity: IdentityFacts, backends: readonly Backend[], fleet: Fleet): readonly string[] {
  const { subjectNames } = fleet.settings.traffic;
  switch (subjectNames.kind) {
    case "none":
      return [];
    case "prefix":
      return [`spiffe://${subjectNames.prefix}/${identity.name}`];
    case "service-accounts": {
      const names = new Set<string>();
      for (const { cluster, namespace, serviceAccounts } of backends) {
        const domain = fleet.cluster(cluster)?.trustDomain || "cluster.local";
        for (const account of serviceAccounts) names.add(`spiffe://${domain}/ns/${namespace}/sa/${account}`);
      }
      return [...names].sort(compareText);
    }
  }
}
