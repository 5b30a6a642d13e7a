import { compareQuantities, nearest, parseQuantity, type FieldPath } from "@fairlead/apimachinery";
import type { ResourceRequirements } from "@fairlead/apimachinery/k8s";
import type { AppContainer } from "../../kinds/container.ts";
import { isDnsLabel } from "../shared/names.ts";
import { items, object, scalar, shown, text, texts } from "../shared/read.ts";
import { resourcesOf, roleOf } from "./container.ts";
import type { WorkloadContext } from "./context.ts";
import { metricsOf } from "./metrics.ts";
import { isApp } from "./replicas.ts";

export interface PlacedContainer {
  readonly container: AppContainer;
  readonly field: FieldPath;
  readonly isInit: boolean;
}

/** All containers with their places, init containers first, as they start. */
export function placedContainers(context: WorkloadContext): PlacedContainer[] {
  const place = (list: "containers" | "initContainers", isInit: boolean): PlacedContainer[] =>
    context[list].map((container, index) => ({ container, field: ["spec", list, index], isInit }));
  return [...place("initContainers", true), ...place("containers", false)];
}

export function checkContainers(context: WorkloadContext): void {
  if (context.containers.length === 0) {
    const hint = `write containers: [{name: ${context.name}, image: …, resources: …}]`;
    context.report("FL201", { message: "there is no container", hint, field: ["spec", "containers"] });
    return;
  }
  const names = new Set<string>();
  for (const placed of placedContainers(context)) {
    checkName(context, placed, names);
    checkImage(context, placed);
    checkResources(context, placed);
    checkAmounts(context, placed);
    checkRepeated(context, placed);
  }
  checkMain(context);
}

function checkName(context: WorkloadContext, { container, field }: PlacedContainer, taken: Set<string>): void {
  const { name } = container;
  if (typeof name !== "string" || !isDnsLabel(name)) {
    context.report("FL204", {
      message: `${shown(name)} is no name for a container`,
      hint: "use lower-case letters, digits and dashes",
      field: [...field, "name"],
    });
  } else if (taken.has(name)) {
    context.report("FL204", {
      message: `two containers are named ${name}`,
      hint: "rename one of them",
      field: [...field, "name"],
    });
  }
  taken.add(name);
}

function checkImage(context: WorkloadContext, { container, field }: PlacedContainer): void {
  if (text(container.image) !== undefined) return;
  const hint = "write image, or extend a ContainerTemplate that has one";
  context.report("FL202", {
    message: `container ${shown(container.name)} has no image`,
    hint,
    field: [...field, "image"],
  });
}

/** Init containers end soon and share what the others ask for. */
function checkResources(context: WorkloadContext, { container, field, isInit }: PlacedContainer): void {
  if (isInit || container.resources === "unlimited" || hasAmounts(object(context.spec.resources))) return;
  if (hasAmounts(resourcesOf(container))) return;
  context.report("FL203", {
    message: `container ${shown(container.name)} has no resources`,
    hint: "write resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {memory: 128Mi}}, or resources: unlimited",
    field: [...field, "resources"],
  });
}

function checkAmounts(context: WorkloadContext, { container, field }: PlacedContainer): void {
  const resources = resourcesOf(container);
  const limits = object(resources?.limits);
  for (const [name, request] of Object.entries(object(resources?.requests) ?? {})) {
    const limit = limits !== undefined && Object.hasOwn(limits, name) ? limits[name] : undefined;
    const [asked, most] = [request, limit].map((amount) =>
      scalar(amount) === undefined ? undefined : parseQuantity(amount!),
    );
    if (asked === undefined || most === undefined || compareQuantities(asked, most) <= 0) continue;
    context.report("FL247", {
      message: `container ${shown(container.name)} requests ${shown(request)} of ${name} and is limited to ${shown(limit)}`,
      hint: "lower the request or raise the limit",
      field: [...field, "resources", "requests", name],
    });
  }
}

function hasAmounts(resources: ResourceRequirements | undefined): boolean {
  const amounts = [object(resources?.requests), object(resources?.limits)];
  return amounts.some((amount) => amount !== undefined && Object.keys(amount).length > 0);
}

function checkRepeated(context: WorkloadContext, { container, field }: PlacedContainer): void {
  const lists: [string, readonly string[]][] = [
    ["configs", texts(container.configs)],
    ["secrets", texts(container.secrets)],
    ["env", items(container.env).map(({ name }) => shown(name))],
  ];
  for (const [list, names] of lists) {
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) === index) continue;
      const message = `${name} is listed twice in ${list} of container ${shown(container.name)}`;
      context.report("FL224", { message, hint: "remove one of the two", field: [...field, list, index] });
    }
  }
}

/** Matters only where something is taken from the main container. */
function checkMain(context: WorkloadContext): void {
  if (context.main !== undefined || !isApp(context)) return;
  const serves = context.containers.some(
    (container) => object(container.http) ?? object(container.grpc) ?? items(container.ports)[0],
  );
  const service = object(context.spec.service);
  const wantsPorts = serves && service?.enabled !== false && !Array.isArray(service?.ports);
  const metrics = metricsOf(context);
  if (!wantsPorts && (metrics === undefined || metrics.port !== undefined)) return;
  const names = context.containers.map(({ name }) => shown(name));
  const meant = nearest(context.name, names);
  context.report("FL200", {
    message: `none of the containers ${names.join(", ")} is named ${context.name}, so the main one is not known`,
    hint: meant === undefined ? `name the main container ${context.name}` : `rename ${meant} to ${context.name}`,
    field: ["spec", "containers"],
  });
}

/** Whether a container runs as long as the pod. */
export function stays({ container, isInit }: PlacedContainer): boolean {
  return roleOf(container, isInit) !== "init";
}
