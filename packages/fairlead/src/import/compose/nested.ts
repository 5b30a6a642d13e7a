import { isObject, type FieldPath, type JsonValue } from "@fairlead/apimachinery";
import { didYouMean } from "@fairlead/krm";
import type { Fate } from "./fields.ts";
import type { Located, Project, Service } from "./service.ts";

/** The fields of a nested map: those that are read, and what becomes of the others. */
interface Shape {
  readonly read: readonly string[];
  readonly others?: { readonly [field: string]: Fate };
}

const lost = (why: string): Fate => ({ kind: "lost", why });
const meaningless = (why: string): Fate => ({ kind: "meaningless", why });
const owner: Shape = {
  read: ["source", "target", "mode"],
  others: {
    uid: lost("mounted files belong to root; a pod's fsGroup makes them readable for a group"),
    gid: lost("mounted files belong to root; a pod's fsGroup makes them readable for a group"),
  },
};
const notes = {
  labels: meaningless("they are notes for Docker"),
  name: meaningless("it is a name among Docker's own"),
};

const serviceShapes: readonly (readonly [path: readonly string[], shape: Shape])[] = [
  [
    ["ports"],
    {
      read: ["target", "published", "protocol", "name", "app_protocol"],
      others: {
        mode: meaningless("a Service always balances"),
        host_ip: meaningless("the port is not published on a host"),
      },
    },
  ],
  [
    ["volumes"],
    {
      read: ["type", "source", "target", "read_only", "volume", "tmpfs", "bind", "image"],
      others: { consistency: meaningless("it concerns Docker on a desktop") },
    },
  ],
  [["configs"], owner],
  [["secrets"], owner],
  [["env_file"], { read: ["path", "required"], others: { format: lost("the file is read as Compose's own format") } }],
  [["healthcheck"], { read: ["test", "interval", "timeout", "retries", "start_period", "start_interval", "disable"] }],
  [
    ["deploy", "restart_policy"],
    {
      read: ["condition", "max_attempts"],
      others: {
        delay: meaningless("the kubelet waits longer after each failure"),
        window: meaningless("the kubelet decides when a container counts as running"),
      },
    },
  ],
  [["deploy", "resources"], { read: ["limits", "reservations"] }],
  [["deploy", "resources", "limits"], { read: ["cpus", "memory", "pids"] }],
  [["deploy", "resources", "reservations"], { read: ["cpus", "memory", "generic_resources", "devices"] }],
];

const mountShapes: readonly (readonly [path: readonly string[], shape: Shape])[] = [
  [
    ["volume"],
    {
      read: ["subpath"],
      others: { nocopy: meaningless("a claim starts empty anyway"), labels: meaningless("they are notes for Docker") },
    },
  ],
  [["tmpfs"], { read: ["size"], others: { mode: lost("memory is mounted with mode 0777") } }],
  [["image"], { read: [], others: { subpath: lost("the whole image is mounted") } }],
];

const definitions: { readonly [section: string]: Shape } = {
  volumes: { read: ["driver", "driver_opts", "external"], others: notes },
  configs: {
    read: ["file", "content", "environment", "external", "name"],
    others: { labels: notes.labels, template_driver: lost("templates are not filled in") },
  },
  secrets: {
    read: ["file", "environment", "external", "name"],
    others: {
      labels: notes.labels,
      driver: lost("the Secret has to be made"),
      driver_opts: lost("the Secret has to be made"),
      template_driver: lost("the Secret has to be made"),
    },
  },
};

/** Reports what of a service's nested maps is not carried. */
export function reportNested(service: Service, project: Project): void {
  const title = `service ${service.name}`;
  for (const [path, shape] of serviceShapes)
    each(service.value, path, [], (value, at) => check(title, service, project, value, at, shape));
  for (const [path, shape] of mountShapes)
    each(service.value, ["volumes", ...path], [], (value, at) => check(title, service, project, value, at, shape));
  const memory = service.value["tmpfs"];
  for (const entry of [memory ?? []].flat()) {
    const options = typeof entry === "string" ? (entry.split(":")[1] ?? "").split(",") : [];
    const rest = options.filter((option) => option !== "" && !/^(size=.*|rw|noexec|nosuid|nodev|exec)$/.test(option));
    if (rest.length > 0)
      project.report(
        "FL554",
        service,
        ["tmpfs"],
        `${title}: ${rest.join(", ")} of the file system in memory ${rest.length === 1 ? "is" : "are"} not carried`,
      );
  }
}

/** Reports what of the volumes, configs and secrets of the file is not carried. */
export function reportDefinitions(project: Project): void {
  for (const section of ["volumes", "configs", "secrets"] as const) {
    for (const [name, definition] of project[section]) {
      check(`${section.slice(0, -1)} ${name}`, definition, project, definition.value, [], definitions[section]!);
    }
  }
}

/** Every map at `path`, items of lists one by one. */
function each(
  value: JsonValue,
  path: readonly string[],
  at: FieldPath,
  visit: (value: JsonValue, at: FieldPath) => void,
): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => each(item, path, [...at, index], visit));
    return;
  }
  const [first, ...rest] = path;
  if (first === undefined) visit(value, at);
  else if (isObject(value) && Object.hasOwn(value, first)) each(value[first]!, rest, [...at, first], visit);
}

function check(
  title: string,
  where: Pick<Located, "place">,
  project: Project,
  value: JsonValue,
  at: FieldPath,
  { read, others = {} }: Shape,
): void {
  if (!isObject(value)) return;
  for (const key of Object.keys(value)) {
    if (read.includes(key) || key.startsWith("x-")) continue;
    const path = [...at, key];
    const name = path.filter((step) => typeof step === "string").join(".");
    const fate = Object.hasOwn(others, key) ? others[key] : undefined;
    if (fate === undefined) {
      const guess = didYouMean(key, [...read, ...Object.keys(others)]);
      project.report(
        "FL563",
        where,
        path,
        `${title}: Compose has no field ${name}`,
        guess === undefined ? undefined : `did you mean ${guess}?`,
      );
    } else if (fate.kind === "lost")
      project.report("FL554", where, path, `${title}: ${name} is not carried: ${fate.why}`);
    else project.report("FL555", where, path, `${title}: ${name} is not needed: ${fate.why}`);
  }
}
