import { asKind, keyOf, splitKey } from "../common/objects.ts";
import { parseTime } from "../common/time.ts";
import type { Controller } from "../controller.ts";
import { isFinished, type Job } from "./job.ts";

const collection = "jobs.batch";

/** When a finished Job may be deleted, in milliseconds since the epoch; undefined if never. */
export function expiryOf(job: Job): number | undefined {
  const { ttlSecondsAfterFinished: ttl } = job.spec;
  if (ttl === undefined || !isFinished(job) || job.metadata.deletionTimestamp !== undefined) return undefined;
  const end = job.status?.conditions?.find(
    ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
  );
  const finished = parseTime(end?.lastTransitionTime);
  return finished === undefined ? undefined : finished + ttl * 1000;
}

/** Deletes finished Jobs, with their pods, when their time is over. */
export function ttlAfterFinishedController(): Controller {
  return {
    name: "ttl-after-finished-controller",
    watches: [
      {
        collection,
        keys: (object) => (expiryOf(asKind<Job>(object)) === undefined ? [] : [keyOf(asKind(object))]),
      },
    ],
    async reconcile(key, { api, now }) {
      const found = api.get(collection, splitKey(key));
      const expiry = found === undefined ? undefined : expiryOf(asKind<Job>(found));
      if (found === undefined || expiry === undefined) return undefined;
      if (expiry > now) return { afterMs: expiry - now };
      const { uid } = asKind(found).metadata;
      await api.delete(collection, splitKey(key), { propagationPolicy: "Foreground", preconditions: { uid } });
      return undefined;
    },
  };
}
