import { refOf, type KrmObject } from "@fairlead/krm";
import { isWritten } from "./compare.ts";
import { idOf } from "./steps.ts";

/** Objects that are being written: a watch often tells of a write before the server has answered it. */
export interface UnderWay {
  /** A write begins; what is returned is called when it is over. */
  begin(cluster: string, desired: KrmObject): () => void;
  /** Whether an object that a watch tells of is as a write makes it that is not answered yet. */
  isOurs(cluster: string, told: KrmObject): boolean;
}

export function createUnderWay(): UnderWay {
  const writes = new Map<string, KrmObject>();
  const keyOf = (cluster: string, object: KrmObject): string => `${cluster} ${idOf(object.apiVersion, refOf(object))}`;
  return {
    begin(cluster, desired) {
      const key = keyOf(cluster, desired);
      writes.set(key, desired);
      return () => void writes.delete(key);
    },
    isOurs(cluster, told) {
      if (writes.size === 0) return false;
      const desired = writes.get(keyOf(cluster, told));
      return desired !== undefined && isWritten(desired, told);
    },
  };
}
