import { get, isObject, type FieldPath, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Project, Service } from "./service.ts";
import { byteQuantity, cpuQuantity, integer } from "./units.ts";

/** Limits and reservations become limits and requests; `unlimited` when there are none. */
export function readResources(service: Service, project: Project): JsonObject | "unlimited" {
  const { value } = service;
  const limits: JsonObject = {};
  const requests: JsonObject = {};
  const set = (into: JsonObject, key: string, path: FieldPath, read: (value: JsonValue) => string | undefined) => {
    let written: JsonValue | undefined = value;
    for (const step of path) written = get(written, String(step));
    if (written === undefined || written === null) return;
    const quantity = read(written);
    if (quantity === undefined) {
      project.report(
        "FL563",
        service,
        path,
        `service ${service.name}: ${path.join(".")} is ${JSON.stringify(written)}, which is no amount`,
      );
    } else if (quantity !== "0") into[key] = quantity;
  };
  set(limits, "cpu", ["cpus"], cpuQuantity);
  set(limits, "memory", ["mem_limit"], byteQuantity);
  set(requests, "memory", ["mem_reservation"], byteQuantity);
  set(limits, "cpu", ["deploy", "resources", "limits", "cpus"], cpuQuantity);
  set(limits, "memory", ["deploy", "resources", "limits", "memory"], byteQuantity);
  set(requests, "cpu", ["deploy", "resources", "reservations", "cpus"], cpuQuantity);
  set(requests, "memory", ["deploy", "resources", "reservations", "memory"], byteQuantity);
  quota(service, project, limits);
  devices(service, project, limits);
  lostParts(service, project);
  if (Object.keys(limits).length === 0 && Object.keys(requests).length === 0) return "unlimited";
  return {
    ...(Object.keys(requests).length > 0 && { requests }),
    ...(Object.keys(limits).length > 0 && { limits }),
  };
}

function quota(service: Service, project: Project, limits: JsonObject): void {
  const written = service.value["cpu_quota"];
  if (written === undefined || limits["cpu"] !== undefined) return;
  const amount = integer(written);
  const period = integer(service.value["cpu_period"]) ?? 100_000;
  if (amount === undefined || amount <= 0 || period <= 0) {
    project.report(
      "FL563",
      service,
      ["cpu_quota"],
      `service ${service.name}: cpu_quota is not a number of microseconds`,
    );
    return;
  }
  limits["cpu"] = cpuQuantity(amount / period)!;
}

function devices(service: Service, project: Project, limits: JsonObject): void {
  const path = ["deploy", "resources", "reservations", "devices"];
  const list = get(get(get(service.value["deploy"], "resources"), "reservations"), "devices");
  for (const [index, device] of (Array.isArray(list) ? list : []).entries()) {
    const capabilities = get(device, "capabilities");
    const driver = get(device, "driver") ?? "nvidia";
    const count =
      integer(get(device, "count")) ??
      (Array.isArray(get(device, "device_ids")) ? (get(device, "device_ids") as JsonValue[]).length : undefined);
    const gpu = Array.isArray(capabilities) && capabilities.flat().includes("gpu");
    if (gpu && (driver === "nvidia" || driver === "amd") && count !== undefined)
      limits[`${driver}.com/gpu`] = String(count);
    else {
      project.report(
        "FL554",
        service,
        [...path, index],
        `service ${service.name}: this device is not carried`,
        "write the resource of its device plugin, such as `nvidia.com/gpu: 1`, in `resources.limits`",
      );
    }
  }
}

function lostParts(service: Service, project: Project): void {
  const resources = get(service.value["deploy"], "resources");
  if (get(get(resources, "limits"), "pids") !== undefined) {
    project.report(
      "FL554",
      service,
      ["deploy", "resources", "limits", "pids"],
      `service ${service.name}: a limit of processes is not carried: it is a setting of the kubelet`,
    );
  }
  if (isObject(resources) && get(resources["reservations"], "generic_resources") !== undefined) {
    project.report(
      "FL554",
      service,
      ["deploy", "resources", "reservations", "generic_resources"],
      `service ${service.name}: generic resources are not carried`,
      "write the resource of a device plugin in `resources.limits`",
    );
  }
}
