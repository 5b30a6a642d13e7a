import { isKubeError, type Client, type Resource } from "@fairlead/kube";
import type { Member } from "../../clusters/member.ts";

const namespaces: Resource = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false };

/** Makes the namespace of generated objects in clusters where it is missing; those who ask at the same time wait for one. */
export function namespaceMaker(
  wanted: string,
  isThere: (cluster: string) => boolean,
): (member: Member, name: string, signal: AbortSignal) => Promise<void> {
  const making = new Map<string, Promise<void>>();
  return async (member, name, signal) => {
    const client = member.client();
    if (name !== wanted || client === undefined || isThere(member.name)) return;
    let made = making.get(member.name);
    if (made === undefined) {
      made = createNamespace(client, name, signal).finally(() => making.delete(member.name));
      making.set(member.name, made);
    }
    await made;
  };
}

export async function createNamespace(client: Client, name: string, signal: AbortSignal): Promise<void> {
  try {
    await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } }, { signal });
  } catch (error) {
    // One that may not be made here may be there nevertheless: the write itself tells.
    if (!isKubeError(error, "already-exists", "forbidden")) throw error;
  }
}
