import { get, isObject, type JsonObject, textOf } from "@fairlead/apimachinery";
import type { User } from "../api/user.ts";
import { serviceAccountUser } from "../authn/service-account-name.ts";

export interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

/** A RoleBinding or ClusterRoleBinding, read. */
export interface Binding {
  readonly kind: "RoleBinding" | "ClusterRoleBinding";
  readonly name: string;
  /** Empty for a ClusterRoleBinding. */
  readonly namespace: string;
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects: readonly Subject[];
}

/** The bindings of one namespace, or those of the cluster, by whom they name. */
export interface BindingIndex {
  readonly bindings: readonly Binding[];
  readonly byUser: ReadonlyMap<string, readonly number[]>;
  readonly byGroup: ReadonlyMap<string, readonly number[]>;
}

const text = (object: unknown, key: string): string => textOf(get(object, key));

const read = new WeakMap<JsonObject, Binding>();

/** Reads a binding, once for each object. */
export function bindingOf(kind: Binding["kind"], object: JsonObject): Binding {
  const known = read.get(object);
  if (known !== undefined) return known;
  const metadata = get(object, "metadata");
  const roleRef = get(object, "roleRef");
  const subjects = get(object, "subjects");
  const binding: Binding = {
    kind,
    name: text(metadata, "name"),
    namespace: kind === "RoleBinding" ? text(metadata, "namespace") : "",
    roleRef: { kind: text(roleRef, "kind"), name: text(roleRef, "name") },
    subjects: (Array.isArray(subjects) ? subjects : []).filter(isObject).map((subject) => ({
      kind: text(subject, "kind"),
      name: text(subject, "name"),
      namespace: text(subject, "namespace"),
    })),
  };
  read.set(object, binding);
  return binding;
}

/** The user that a subject of kind User or ServiceAccount names; the namespace is that of the binding by default. */
function userOf(subject: Subject, bindingNamespace: string): string | undefined {
  if (subject.kind === "User") return subject.name;
  const namespace = subject.namespace === "" ? bindingNamespace : subject.namespace;
  return subject.kind === "ServiceAccount" && namespace !== ""
    ? serviceAccountUser(namespace, subject.name)
    : undefined;
}

export function indexBindings(bindings: readonly Binding[]): BindingIndex {
  const byUser = new Map<string, number[]>();
  const byGroup = new Map<string, number[]>();
  bindings.forEach(({ subjects, namespace }, position) => {
    for (const subject of subjects) {
      if (subject.kind === "Group") add(byGroup, subject.name, position);
      else {
        const user = userOf(subject, namespace);
        if (user !== undefined) add(byUser, user, position);
      }
    }
  });
  return { bindings, byUser, byGroup };
}

function add(index: Map<string, number[]>, key: string, position: number): void {
  const positions = index.get(key);
  if (positions === undefined) index.set(key, [position]);
  else if (positions.at(-1) !== position) positions.push(position);
}

/** The bindings that name the user or a group of his, in the order of the index. */
export function bindingsFor({ bindings, byUser, byGroup }: BindingIndex, user: User): readonly Binding[] {
  const found = [...(byUser.get(user.name) ?? [])];
  let sources = found.length === 0 ? 0 : 1;
  for (const group of user.groups) {
    const positions = byGroup.get(group);
    if (positions === undefined) continue;
    found.push(...positions);
    sources += 1;
  }
  const ordered = sources < 2 ? found : [...new Set(found)].sort((a, b) => a - b);
  return ordered.map((position) => bindings[position]!);
}

/** The first subject of the binding that means the user. */
export function subjectFor({ subjects, namespace }: Binding, user: User): Subject | undefined {
  return subjects.find((subject) =>
    subject.kind === "Group" ? user.groups.includes(subject.name) : userOf(subject, namespace) === user.name,
  );
}
