import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import { didYouMean, type KrmObject } from "@fairlead/krm";
import { apiVersion } from "../../kinds/load.ts";
import { readEnvironment } from "./environment.ts";
import { carriedDeploy, carriedFields, otherDeploy, otherFields, type Fate } from "./fields.ts";
import { reportNested } from "./nested.ts";
import { readContainerPorts, readNetwork } from "./network.ts";
import type { Output } from "./output.ts";
import { readHooks, readProbes } from "./probes.ts";
import { readResources } from "./resources.ts";
import { readSecurity } from "./security.ts";
import { pairs, type Project, type Service } from "./service.ts";
import { readStorage, type Storage } from "./storage.ts";
import { isTraefikLabel } from "./traefik/labels.ts";
import { boolean, durationSeconds, integer } from "./units.ts";
import { escapeReferences, shellWords } from "./words.ts";

/** What other services of the project say about this one. */
export interface Relations {
  /** Other services need to reach it. */
  readonly wanted: boolean;
  /** Others wait for it to complete. */
  readonly completes: boolean;
  readonly users: (volume: string) => number;
  /** Ports that Traefik's labels name. */
  readonly routed: readonly number[];
}

/** The App or Task of a service; its ConfigMaps and claims go to `output`. */
export function workloadOf(service: Service, project: Project, relations: Relations, output: Output): KrmObject {
  const { value } = service;
  const ends = isTask(service, relations);
  const global = get(value["deploy"], "mode") === "global";
  const replicas = integer(get(value["deploy"], "replicas")) ?? integer(value["scale"]);
  const environment = readEnvironment(service, project, output);
  const security = readSecurity(service, project);
  const storage = readStorage(service, project, output, {
    ownClaims: !ends && !global && (replicas ?? 1) <= 1,
    users: relations.users,
    several: !ends && (global || (replicas ?? 1) > 1),
  });
  const ports = ends ? [] : readContainerPorts(service, project, relations.routed, relations.wanted);
  const container: JsonObject = {
    name: service.objectName,
    image: readImage(service, project),
    ...pullPolicy(service, project),
    ...words(service, project, "entrypoint", "command"),
    ...words(service, project, "command", "args"),
    ...(typeof value["working_dir"] === "string" && { workingDir: value["working_dir"] }),
    ...(environment.configs.length > 0 && { configs: environment.configs }),
    ...(environment.env.length > 0 && { env: environment.env }),
    ...(ports.length > 0 && { ports }),
    ...(storage.volumeMounts.length > 0 && { volumeMounts: storage.volumeMounts }),
    ...(ends ? {} : readProbes(service, project)),
    ...readHooks(service, project),
    ...(boolean(value["tty"]) === true && { tty: true }),
    ...(boolean(value["stdin_open"]) === true && { stdin: true }),
    ...(Object.keys(security.container).length > 0 && { securityContext: security.container }),
    resources: readResources(service, project),
  };
  const grace = durationSeconds(value["stop_grace_period"]);
  if (value["stop_grace_period"] !== undefined && grace === undefined) {
    project.report(
      "FL563",
      service,
      ["stop_grace_period"],
      `service ${service.name}: stop_grace_period is ${JSON.stringify(value["stop_grace_period"])}, which is no duration such as 30s`,
    );
  }
  const annotations = podAnnotations(service, project);
  const spec: JsonObject = {
    ...(project.name !== undefined && { partOf: project.name }),
    ...(ends ? taskFields(service) : appFields(service, project, global, replicas, storage.claims)),
    ...(Object.keys(annotations).length > 0 && { pod: { annotations } }),
    containers: [container],
    ...(storage.volumes.length > 0 && { volumes: storage.volumes }),
    ...(storage.claims.length > 0 && { volumeClaimTemplates: storage.claims }),
    ...readNetwork(service, project),
    ...nodeSelector(service),
    ...(grace !== undefined && { terminationGracePeriodSeconds: Math.ceil(grace) }),
    ...named("securityContext", { ...fileGroup(security.container, storage), ...security.pod }),
    ...(Object.keys(security.hardening).length > 0 && { hardening: security.hardening }),
  };
  reportOthers(service, project, ends);
  const namespace = project.namespace === undefined ? {} : { namespace: project.namespace };
  return { apiVersion, kind: ends ? "Task" : "App", metadata: { name: service.objectName, ...namespace }, spec };
}

/** Docker gives a new volume the owner of its folder in the image; a cluster gives it to root, or to this group. */
function fileGroup(container: JsonObject, storage: Storage): JsonObject {
  const claims =
    storage.claims.length > 0 || storage.volumes.some((volume) => volume["persistentVolumeClaim"] !== undefined);
  const { runAsUser, runAsGroup } = container;
  return claims && typeof runAsUser === "number" && runAsUser > 0 ? { fsGroup: runAsGroup ?? runAsUser } : {};
}

function named(field: string, value: JsonObject): JsonObject {
  return Object.keys(value).length > 0 ? { [field]: value } : {};
}

/** A service that may end: it says so itself, and nobody is told how to reach it. */
export function isTask(service: Service, relations: Relations): boolean {
  const { value } = service;
  const mode = get(value["deploy"], "mode");
  if (mode === "replicated-job" || mode === "global-job" || relations.completes) return true;
  const restart = get(get(value["deploy"], "restart_policy"), "condition") ?? value["restart"];
  const ends =
    restart === "no" ||
    restart === false ||
    restart === "none" ||
    (typeof restart === "string" && restart.startsWith("on-failure"));
  const serves =
    value["ports"] !== undefined ||
    value["expose"] !== undefined ||
    value["healthcheck"] !== undefined ||
    relations.routed.length > 0 ||
    relations.wanted;
  return ends && !serves;
}

function taskFields(service: Service): JsonObject {
  const { value } = service;
  const policy = get(value["deploy"], "restart_policy");
  const restart = get(policy, "condition") ?? value["restart"];
  const onFailure = typeof restart === "string" && restart.startsWith("on-failure");
  const attempts =
    integer(get(policy, "max_attempts")) ??
    integer((typeof restart === "string" ? restart.split(":")[1] : undefined) ?? null);
  const replicas =
    get(value["deploy"], "mode") === "replicated-job" ? integer(get(value["deploy"], "replicas")) : undefined;
  return {
    ...(!onFailure && { restartPolicy: "Never", backoffLimit: 0 }),
    ...(onFailure && attempts !== undefined && { backoffLimit: attempts }),
    ...(replicas !== undefined && replicas > 1 && { completions: replicas, parallelism: replicas }),
  };
}

function appFields(
  service: Service,
  project: Project,
  global: boolean,
  replicas: number | undefined,
  claims: readonly JsonObject[],
): JsonObject {
  const workload = global ? "DaemonSet" : claims.length > 0 ? "StatefulSet" : undefined;
  const update = get(service.value["deploy"], "update_config");
  const order = get(update, "order");
  const rest = isObject(update)
    ? Object.keys(update).filter((key) => key !== "order" && key !== "parallelism" && !key.startsWith("x-"))
    : [];
  if (rest.length > 0)
    project.report(
      "FL554",
      service,
      ["deploy", "update_config"],
      `service ${service.name}: ${rest.join(", ")} of update_config ${rest.length === 1 ? "is" : "are"} not carried`,
      "write `updateStrategy`, `minReadySeconds` or `rollout`",
    );
  const parallelism = integer(get(update, "parallelism"));
  const step = parallelism !== undefined && parallelism > 0 ? parallelism : 1;
  const rolling =
    order === "start-first" ? { maxSurge: step, maxUnavailable: 0 } : { maxSurge: 0, maxUnavailable: step };
  return {
    ...(workload !== undefined && { workload }),
    ...(replicas !== undefined && !global && replicas !== 1 && { replicas }),
    ...(update !== undefined &&
      workload === undefined &&
      (order !== undefined || parallelism !== undefined) && {
        updateStrategy: { type: "RollingUpdate", rollingUpdate: rolling },
      }),
  };
}

function readImage(service: Service, project: Project): string {
  const { image, build } = service.value;
  if (typeof image === "string" && image !== "") {
    if (build !== undefined)
      project.report(
        "FL553",
        service,
        ["build"],
        `service ${service.name} is built from source; the cluster pulls ${image}`,
        `push the image: docker compose build ${service.name} && docker compose push ${service.name}`,
      );
    return image;
  }
  const name = `${project.name ?? "app"}-${service.objectName}:latest`;
  project.report(
    "FL553",
    service,
    build === undefined ? [] : ["build"],
    `service ${service.name} has no image${build === undefined ? "" : ": it is built from source"}; ${name} was written`,
    "push the image to a registry, and write its name there",
  );
  return name;
}

const policies: { readonly [policy: string]: string } = {
  always: "Always",
  never: "Never",
  missing: "IfNotPresent",
  if_not_present: "IfNotPresent",
};

function pullPolicy(service: Service, project: Project): JsonObject {
  const written = service.value["pull_policy"];
  if (written === undefined || written === null || written === "build") return {};
  const policy = typeof written === "string" && Object.hasOwn(policies, written) ? policies[written]! : undefined;
  if (policy !== undefined) return { imagePullPolicy: policy };
  project.report(
    "FL554",
    service,
    ["pull_policy"],
    `service ${service.name}: pull_policy ${JSON.stringify(written)} is not carried`,
    "write `imagePullPolicy`",
  );
  return {};
}

function words(service: Service, project: Project, field: "entrypoint" | "command", into: string): JsonObject {
  const written = service.value[field];
  if (written === undefined || written === null) return {};
  const list = Array.isArray(written) ? written.map(String) : shellWords(String(written as string));
  if (list === undefined) {
    project.report("FL563", service, [field], `service ${service.name}: ${field} has a quote that is never closed`);
    return {};
  }
  if (list.length > 0) return { [into]: list.map(escapeReferences) };
  project.report(
    "FL554",
    service,
    [field],
    `service ${service.name}: an empty ${field}, which clears the image's own, is not carried`,
    `write the whole command line in \`command\``,
  );
  return {};
}

function nodeSelector(service: Service): JsonObject {
  const platform = service.value["platform"];
  if (typeof platform !== "string" || platform === "") return {};
  const [os, arch] = platform.split("/");
  return {
    nodeSelector: { "kubernetes.io/os": os ?? "linux", ...(arch !== undefined && { "kubernetes.io/arch": arch }) },
  };
}

/** Labels of a container are notes for tools and may hold any text, as annotations may and labels of a pod may not. */
function podAnnotations(service: Service, project: Project): { [key: string]: string } {
  const annotations: { [key: string]: string } = {};
  for (const field of ["annotations", "labels"] as const) {
    for (const [key, value] of pairs(service.value[field])) {
      if (field === "labels" && (isTraefikLabel(key) || key.startsWith("com.docker."))) continue;
      if (/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/.test(key))
        annotations[key] = value ?? "";
      else
        project.report(
          "FL554",
          service,
          [field, key],
          `service ${service.name}: ${JSON.stringify(key)} cannot be an annotation's name`,
        );
    }
  }
  return annotations;
}

/** Every field that nothing above reads is reported. */
function reportOthers(service: Service, project: Project, ends: boolean): void {
  report(service, project, Object.keys(service.value), [], carriedFields, otherFields);
  const deploy = service.value["deploy"];
  if (isObject(deploy)) report(service, project, Object.keys(deploy), ["deploy"], carriedDeploy, otherDeploy);
  reportNested(service, project);
  if (ends && service.value["healthcheck"] !== undefined) {
    project.report("FL554", service, ["healthcheck"], `service ${service.name}: a Task has no health check`);
  }
}

function report(
  service: Service,
  project: Project,
  keys: readonly string[],
  under: readonly string[],
  carried: ReadonlySet<string>,
  others: { readonly [field: string]: Fate },
): void {
  for (const key of keys) {
    if (carried.has(key) || key.startsWith("x-")) continue;
    const path = [...under, key];
    const title = path.join(".");
    const fate = Object.hasOwn(others, key) ? others[key] : undefined;
    if (fate === undefined) {
      const guess = didYouMean(key, [...carried, ...Object.keys(others)]);
      project.report(
        "FL563",
        service,
        path,
        `service ${service.name}: Compose has no field ${title}`,
        guess === undefined ? undefined : `did you mean ${guess}?`,
      );
    } else if (fate.kind === "meaningless")
      project.report("FL555", service, path, `service ${service.name}: ${title} is not needed: ${fate.why}`);
    else
      project.report(
        "FL554",
        service,
        path,
        `service ${service.name}: ${title} is not carried: ${fate.why}`,
        fate.hint,
      );
  }
}
