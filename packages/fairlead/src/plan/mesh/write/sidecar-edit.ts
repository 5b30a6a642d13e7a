import { equal, get, isObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Edit } from "../model/plan.ts";
import { meshHostsAnnotation } from "./sidecar.ts";

/**
 * A Sidecar with the hosts of an edit in the entry of its egress that the edit is for, and with those of them noted that
 * are ours; undefined if it has all that already, or lost the entry since it was planned.
 */
export function withSidecarHosts(sidecar: KrmObject, edit: Edit): KrmObject | undefined {
  const { spec, metadata } = sidecar;
  const egress = get(spec, "egress");
  const at = edit.egress ?? 0;
  if (!isObject(spec) || !Array.isArray(egress) || !isObject(egress[at])) return undefined;
  const entry = egress[at];
  const noted = metadata.annotations?.[meshHostsAnnotation] ?? "";
  const ours = edit.ours.join(",");
  if (equal(entry["hosts"], [...edit.hosts]) && noted === ours) return undefined;
  const { [meshHostsAnnotation]: _, ...others } = metadata.annotations ?? {};
  const annotations = ours === "" ? others : { ...others, [meshHostsAnnotation]: ours };
  return {
    ...sidecar,
    metadata: metadata.annotations === undefined && ours === "" ? metadata : { ...metadata, annotations },
    spec: { ...spec, egress: egress.toSpliced(at, 1, { ...entry, hosts: [...edit.hosts] }) },
  };
}
