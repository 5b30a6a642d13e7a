import type { Finding, KrmObject } from "@fairlead/krm";
import { reportDefinitions } from "./nested.ts";
import { dependencies } from "./network.ts";
import { output } from "./output.ts";
import { loadProject, type ProjectOptions } from "./project.ts";
import type { Project, Service } from "./service.ts";
import { namedVolumes } from "./storage.ts";
import { labelsOf } from "./traefik/labels.ts";
import { readTraefik } from "./traefik/traefik.ts";
import { isTask, workloadOf, type Relations } from "./workload.ts";

export interface ComposeOptions {
  /** The file's path; relative paths in it start from its folder. */
  readonly file: string;
  /** The text of another file (env file, config, include, extends), or undefined if it cannot be read. */
  readonly read?: (path: string) => string | undefined;
  /** The values of variables; the process's own environment is never looked at. */
  readonly variables?: { readonly [name: string]: string };
  /** The profiles whose services are imported beside those of none; `*` is all. */
  readonly profiles?: readonly string[];
  readonly namespace?: string | undefined;
}

export interface ComposeImport {
  /** Apps, Tasks and Routes, by service. */
  readonly declarations: readonly KrmObject[];
  /** ConfigMaps and PersistentVolumeClaims that they refer to. */
  readonly objects: readonly KrmObject[];
  readonly findings: readonly Finding[];
}

/**
 * Turns a Docker Compose file into Apps, Tasks and Routes with the ConfigMaps and claims they need. Whatever is not
 * carried is in the findings. https://github.com/compose-spec/compose-spec
 */
export function importCompose(text: string, options: ComposeOptions): ComposeImport {
  const settings: ProjectOptions = {
    file: options.file,
    read: options.read ?? (() => undefined),
    variables: options.variables ?? {},
    profiles: options.profiles ?? [],
    namespace: options.namespace,
  };
  const { project, found } = loadProject(text, settings);
  const made = output();
  const declarations: KrmObject[] = [];
  const traefik = readTraefik(project);
  const relate = relations(project, traefik.ports);
  for (const service of [...project.services].sort((a, b) => (a.objectName < b.objectName ? -1 : 1))) {
    const related = relate(service);
    declarations.push(workloadOf(service, project, related, made));
    if (!isTask(service, related)) declarations.push(...traefik.routesOf(service));
    reportOrder(service, project);
  }
  reportDefinitions(project);
  const objects = made
    .objects()
    .sort((a, b) => compareText(`${a.kind}/${a.metadata.name}`, `${b.kind}/${b.metadata.name}`));
  return { declarations, objects, findings: distinct(found()) };
}

/** A service that others extend would say the same once for each of them. */
function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ code, message, file, line }) => {
    const key = JSON.stringify([code, message, file, line]);
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function relations(project: Project, ports: (service: Service) => readonly number[]): (service: Service) => Relations {
  const wanted = new Set<string>();
  const completes = new Set<string>();
  const users = new Map<string, number>();
  for (const { value } of project.services) {
    for (const { name, condition } of dependencies(value)) {
      if (condition === "service_completed_successfully") completes.add(name);
      else wanted.add(name);
    }
    for (const volume of namedVolumes(value)) users.set(volume, (users.get(volume) ?? 0) + 1);
  }
  return (service) => ({
    wanted: wanted.has(service.name),
    completes: completes.has(service.name),
    users: (volume) => users.get(volume) ?? 0,
    routed: labelsOf(service).length > 0 ? ports(service) : [],
  });
}

function reportOrder(service: Service, project: Project): void {
  const names = [...new Set(dependencies(service.value).map(({ name }) => name))].filter(
    (name) => name !== service.name,
  );
  const unknown = names.filter((name) => !project.services.some((other) => other.name === name));
  if (service.value["depends_on"] !== undefined && names.length > 0) {
    project.report(
      "FL558",
      service,
      ["depends_on"],
      `service ${service.name} starts without waiting for ${names.join(", ")}`,
      "let it retry, or wait in an init container",
    );
  }
  for (const name of unknown) {
    project.report(
      "FL554",
      service,
      ["depends_on"],
      `service ${service.name} depends on ${name}, which was not imported`,
    );
  }
}
