import { compareText, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Labels, NamespaceFact, PodTemplate, ProxyConfigFact } from "../model/facts.ts";
import type { Injector, Question } from "../model/question.ts";
import type { SidecarView } from "../model/view.ts";
import { canonical, sha256 } from "../observe/canonical.ts";
import { labelOf, withoutMarks } from "../observe/read.ts";

/** Istiod leaves these alone by their name, whatever their labels say. */
const namesThatMatter = new Set(["kube-system", "kube-public", "kube-node-lease", "local-path-storage"]);
const ownNames = new Set(["kubernetes.io/metadata.name", "name"]);

/** What is to be asked about pods of a template in a namespace. */
export function questionOf(
  view: SidecarView,
  cluster: string,
  namespace: NamespaceFact,
  template: PodTemplate,
  injector: Injector,
): Question {
  const annotations = withoutMarks(template.annotations);
  const key = sha256(
    [
      cluster,
      injector.id,
      template.hash,
      surroundings(namespace),
      ...proxyConfigsOf(view, cluster, namespace.name, template.labels, injector).map(({ hash }) => hash),
    ].join("\n"),
  );
  const pod: JsonObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `fairlead-question-${key.slice(0, 12)}`,
      namespace: namespace.name,
      labels: { ...template.labels },
      annotations: { ...annotations },
    },
    spec: template.spec,
  };
  return { key, cluster, namespace: namespace.name, injector, pod };
}

const known = new WeakMap<NamespaceFact, string>();

/** What of a namespace an injector may look at; equal for namespaces that differ in name alone. */
function surroundings(namespace: NamespaceFact): string {
  let text = known.get(namespace);
  if (text === undefined) {
    const { name, labels, annotations } = namespace;
    const own = namesThatMatter.has(name) ? name : "";
    const kept = [own, withoutOwnName(labels, name), withoutMarks(annotations)] as unknown as JsonValue;
    known.set(namespace, (text = sha256(canonical(kept))));
  }
  return text;
}

function withoutOwnName(labels: Labels, name: string): Labels {
  const kept: JsonObject = {};
  for (const [key, value] of Object.entries(labels)) {
    if (!(ownNames.has(key) && value === name)) setOwn(kept, key, value);
  }
  return kept as Labels;
}

/** ProxyConfigs in force for pods of a template: of the mesh, of the namespace, and those that select the pod. */
export function proxyConfigsOf(
  view: SidecarView,
  cluster: string,
  namespace: string,
  labels: Labels,
  { client }: Pick<Injector, "client">,
): readonly ProxyConfigFact[] {
  const roots = new Set(view.settings.select.istioNamespaces);
  if (client?.kind === "service") roots.add(client.namespace);
  roots.delete(namespace);
  const found = view.proxyConfigs(cluster, namespace).filter(({ selector }) => selects(selector, labels));
  for (const root of [...roots].sort(compareText)) {
    for (const one of view.proxyConfigs(cluster, root)) if (Object.keys(one.selector).length === 0) found.push(one);
  }
  // The oldest counts where several say the same: their order is part of the answer.
  return found.sort((a, b) => compareText(a.createdAt, b.createdAt) || compareText(a.name, b.name));
}

function selects(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labelOf(labels, key) === value);
}
