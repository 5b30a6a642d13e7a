import { didYouMean } from "@fairlead/krm";
import type { ClusterSettings, ContextSettings, Entry, Kubeconfig, Place, UserSettings } from "./kubeconfig.ts";
import type { Report, ResolveOptions } from "./resolve-options.ts";

/** The entries that count, and how the cluster is called. */
export interface Choice {
  readonly name: string;
  readonly cluster?: Entry<ClusterSettings>;
  readonly user?: Entry<UserSettings>;
  readonly namespace: string;
}

/** Chooses context, cluster and user by their names, or reports what is missing. */
export function choose(config: Kubeconfig, options: ResolveOptions, report: Report): Choice | undefined {
  const context = chooseContext(config, options, report);
  if (context === "missing") return;
  const named = (field: "cluster" | "user"): Named => ({
    name: options[field] ?? context?.settings[field],
    place: options[field] === undefined ? context?.at([field]) : undefined,
  });
  const cluster = find(config.clusters, "cluster", named("cluster"), context, report);
  const user = find(config.users, "user", named("user"), context, report);
  if (cluster === undefined && options.server === undefined && report.findings.length === 0) {
    const what = context === undefined ? "no cluster is named" : `the context ${quoted(context.name)} names no cluster`;
    report.error("FL726", context?.at() ?? {}, what, among("clusters", config.clusters.keys()));
  }
  const namespace = options.namespace ?? context?.settings.namespace ?? "default";
  if (!/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) {
    const place = options.namespace === undefined ? context?.at(["namespace"]) : undefined;
    const hint = "namespaces are lower case letters, digits and dashes, at most 63";
    report.error("FL722", place ?? {}, `there can be no namespace ${quoted(namespace)}`, hint);
  }
  return {
    name: context?.name ?? cluster?.name ?? options.server ?? "",
    ...(cluster === undefined ? {} : { cluster }),
    ...(user === undefined ? {} : { user }),
    namespace,
  };
}

function chooseContext(
  config: Kubeconfig,
  options: ResolveOptions,
  report: Report,
): Entry<ContextSettings> | "missing" | undefined {
  const name = options.context ?? config.currentContext?.name;
  if (name === undefined) {
    if (options.cluster !== undefined || options.server !== undefined) return;
    report.error("FL724", {}, nothingChosen(config), chooseHint(config));
    return "missing";
  }
  const context = config.contexts.get(name);
  if (context !== undefined) return context;
  const ours = options.context === undefined;
  const place: Place = ours ? (config.currentContext?.place ?? {}) : {};
  const message = `${ours ? "the current context" : "the context"} ${quoted(name)} does not exist`;
  report.error("FL725", place, message, suggestion(name, "contexts", config.contexts.keys()));
  return "missing";
}

function nothingChosen({ files, contexts }: Kubeconfig): string {
  if (files.length === 0) return "there is no kubeconfig, so no cluster is known";
  return contexts.size === 0 ? `no context is defined in ${files.join(", ")}` : "no context is chosen";
}

function chooseHint({ contexts }: Kubeconfig): string | undefined {
  if (contexts.size === 0) return "name a file with `--kubeconfig`, or set KUBECONFIG";
  return `name one with \`--context\`; ${among("contexts", contexts.keys())}`;
}

interface Named {
  readonly name: string | undefined;
  readonly place: Place | undefined;
}

function find<T>(
  entries: ReadonlyMap<string, Entry<T>>,
  what: "cluster" | "user",
  { name, place }: Named,
  context: Entry<ContextSettings> | undefined,
  report: Report,
): Entry<T> | undefined {
  if (name === undefined) return;
  const found = entries.get(name);
  if (found === undefined) {
    const from =
      place === undefined || context === undefined ? "" : `, which the context ${quoted(context.name)} names,`;
    report.error(
      "FL726",
      place ?? {},
      `the ${what} ${quoted(name)}${from} does not exist`,
      suggestion(name, `${what}s`, entries.keys()),
    );
  }
  return found;
}

function suggestion(name: string, what: string, known: Iterable<string>): string {
  const names = [...known];
  const near = didYouMean(name, names);
  return `${near === undefined ? "" : `did you mean ${quoted(near)}? `}${among(what, names)}`;
}

const shown = 20;

function among(what: string, known: Iterable<string>): string {
  const names = [...known].sort();
  if (names.length === 0) return `there are no ${what}`;
  const more = names.length > shown ? `, and ${names.length - shown} more` : "";
  return `${what}: ${names.slice(0, shown).map(quoted).join(", ")}${more}`;
}

export function quoted(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}
