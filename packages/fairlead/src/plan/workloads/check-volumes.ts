import { nearest, type FieldPath } from "@fairlead/apimachinery";
import type { AppSpec } from "../../kinds/app.ts";
import { items, shown } from "../shared/read.ts";
import { placedContainers } from "./check-containers.ts";
import type { WorkloadContext } from "./context.ts";

/** Mounts against volumes and claim templates. */
export function checkVolumes(context: WorkloadContext): void {
  const volumes = new Set<string>();
  const add = (name: unknown, field: FieldPath): void => {
    if (typeof name !== "string") return;
    if (volumes.has(name)) {
      context.report("FL223", { message: `two volumes are named ${name}`, hint: "rename one of them", field });
    }
    volumes.add(name);
  };
  for (const [index, volume] of items(context.spec.volumes).entries())
    add(volume.name, ["spec", "volumes", index, "name"]);
  const templates = (context.spec as AppSpec).volumeClaimTemplates;
  for (const [index, template] of items(templates).entries()) {
    add(template.metadata?.name, ["spec", "volumeClaimTemplates", index, "metadata", "name"]);
  }
  for (const { container, field } of placedContainers(context)) {
    const paths = new Set<string>();
    for (const list of ["volumeMounts", "volumeDevices"] as const) {
      for (const [index, mount] of items<{ name: string; mountPath?: string; devicePath?: string }>(
        container[list],
      ).entries()) {
        const at = [...field, list, index];
        if (!volumes.has(mount.name)) {
          const meant = typeof mount.name === "string" ? nearest(mount.name, volumes) : undefined;
          context.report("FL222", {
            message: `container ${shown(container.name)} mounts volume ${shown(mount.name)}, which the pod does not have`,
            hint: meant === undefined ? "add it to volumes" : `did you mean ${meant}?`,
            field: [...at, "name"],
          });
        }
        const path = mount.mountPath ?? mount.devicePath;
        if (typeof path !== "string") continue;
        if (paths.has(path)) {
          const message = `container ${shown(container.name)} mounts ${path} twice`;
          context.report("FL223", { message, hint: "remove one of the two", field: at });
        }
        paths.add(path);
      }
    }
  }
}
