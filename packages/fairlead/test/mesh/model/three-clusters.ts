import { putAll, service, shop, type FakeMesh } from "../fake-mesh.ts";

export const host = "prd.orders.global";
export const names = ["eu", "us", "ap"];
export const local = (namespace: string): string => `orders.${namespace}.svc.cluster.local`;

/** orders in eu; us means harm; ap calls. */
export async function three(): Promise<FakeMesh> {
  const world = await shop({}, names);
  await putAll(world.cluster("ap"), service("cart", "front"));
  return world;
}

/** What the clusters that mean no harm have of a host. */
export function rest(world: FakeMesh): string {
  return JSON.stringify(
    ["eu", "ap"].map((name) =>
      ["se", "default-dr"].map((ending) => {
        const kind = ending === "se" ? "ServiceEntry" : "DestinationRule";
        return world.cluster(name).find(kind, `${host}-${ending}`)?.["spec"];
      }),
    ),
  );
}
