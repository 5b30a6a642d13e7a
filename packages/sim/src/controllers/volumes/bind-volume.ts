import { equal, get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import { formatTime } from "../common/time.ts";
import type { ControllerContext } from "../controller.ts";
import { claimReference, modesOf } from "./find-volume.ts";

export const claims = "persistentvolumeclaims";
export const volumes = "persistentvolumes";

const completed = "pv.kubernetes.io/bind-completed";
const byController = "pv.kubernetes.io/bound-by-controller";

export function annotated(object: JsonObject, more: JsonObject): JsonObject {
  const metadata = object["metadata"] as JsonObject;
  const before = isObject(metadata["annotations"]) ? metadata["annotations"] : {};
  return { ...metadata, annotations: { ...before, ...more } };
}

/** Binds both to each other, in the four steps in which the controller can be interrupted. */
export async function bind(claim: JsonObject, found: JsonObject, { api, now }: ControllerContext): Promise<void> {
  let volume = found;
  const reference = get(volume["spec"], "claimRef");
  if (get(reference, "uid") !== get(claim["metadata"], "uid")) {
    const metadata = reference === undefined ? annotated(volume, { [byController]: "yes" }) : volume["metadata"]!;
    const spec = { ...(volume["spec"] as JsonObject), claimRef: claimReference(claim) };
    volume = await api.update(volumes, { ...volume, metadata, spec });
  }
  volume = await setVolumePhase(volume, "Bound", "", { api, now });
  let bound = claim;
  const isNamed = textOf(get(claim["spec"], "volumeName")) !== "";
  if (!isNamed || get(get(claim["metadata"], "annotations"), completed) === undefined) {
    const metadata = annotated(claim, { [completed]: "yes", ...(isNamed ? {} : { [byController]: "yes" }) });
    const spec = { ...(claim["spec"] as JsonObject), volumeName: textOf(get(volume["metadata"], "name")) };
    bound = await api.update(claims, { ...claim, metadata, spec });
  }
  const before = isObject(bound["status"]) ? bound["status"] : {};
  const capacity = isObject(before["capacity"]) && before["phase"] === "Bound" ? before["capacity"] : undefined;
  const status: JsonObject = {
    ...before,
    phase: "Bound",
    accessModes: [...modesOf(volume)],
    capacity: capacity ?? { storage: get(get(volume["spec"], "capacity"), "storage") ?? "0" },
  };
  if (!equal(status, before)) await api.updateStatus(claims, { ...bound, status });
}

/** Writes a volume's phase where it is another one. */
export async function setVolumePhase(
  volume: JsonObject,
  phase: string,
  message: string,
  { api, now }: Pick<ControllerContext, "api" | "now">,
): Promise<JsonObject> {
  const before = volume["status"];
  if (get(before, "phase") === phase && textOf(get(before, "message")) === message) return volume;
  const lastPhaseTransitionTime = formatTime(now);
  const status = { lastPhaseTransitionTime, ...(message === "" ? {} : { message }), phase };
  return await api.updateStatus(volumes, { ...volume, status });
}

/** Writes the phase of a claim that has no volume. */
export async function setClaimPhase(claim: JsonObject, phase: string, { api }: ControllerContext): Promise<boolean> {
  if (get(claim["status"], "phase") === phase) return false;
  const { accessModes: _modes, capacity: _capacity, ...before } = isObject(claim["status"]) ? claim["status"] : {};
  await api.updateStatus(claims, { ...claim, status: { ...before, phase } });
  return true;
}
