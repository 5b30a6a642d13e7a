import { mkdirSync } from "node:fs";
import path from "node:path";
import type { Lookup } from "../env/container-env.ts";
import { expandVariables } from "../env/expand-variables.ts";
import type { PodFacts } from "../env/field-value.ts";
import type { ContainerSpec } from "../pod-types.ts";
import { volumeContent, type TokenWish, type VolumeContent } from "./volume-content.ts";
import { mountVolume, writeVolume } from "./write-volume.ts";

export interface PodVolumes {
  /** Writes what has changed since; what is wrong, by volume. */
  sync(facts: PodFacts, lookup: Lookup, token: (wish: TokenWish) => string | undefined): readonly VolumeProblem[];
  /** Makes the root of a container, in which its mounts lie at their paths. */
  mount(container: ContainerSpec, env: Readonly<Record<string, string>>): string;
  rootOf(container: string): string;
}

export interface VolumeProblem {
  readonly volume: string;
  readonly message: string;
}

/** Something that was looked at, and whether it is the same still. */
interface Read {
  readonly again: (lookup: Lookup, token: (wish: TokenWish) => string | undefined) => boolean;
}

/** The volumes of one pod, in `folder`; `claims` holds those that outlive it. */
export function podVolumes(folder: string, claims: string): PodVolumes {
  const places = new Map<string, string>();
  const written = new Map<string, string>();
  let turn = 0;
  let last:
    | { readonly key: string; readonly read: readonly Read[]; readonly problems: readonly VolumeProblem[] }
    | undefined;

  function place(name: string, content: Exclude<VolumeContent, { kind: "problem" }>): string {
    if (content.kind === "host") return content.path;
    const own = content.kind === "claim" ? path.join(claims, content.name) : path.join(folder, "volumes", name);
    mkdirSync(own, { recursive: true, mode: 0o700 });
    return own;
  }

  const rootOf = (container: string): string => path.join(folder, "roots", container);

  return {
    rootOf,
    sync(facts, lookup, token) {
      const problems: VolumeProblem[] = [];
      const { labels, annotations } = facts.pod.metadata;
      const key = JSON.stringify([labels, annotations]);
      // Stored objects are replaced when they change: the same ones say the same.
      if (last?.key === key && last.read.every((one) => one.again(lookup, token))) return last.problems;
      const read: Read[] = [];
      const noted: Lookup = (collection, name) => {
        const found = lookup(collection, name);
        read.push({ again: (now) => now(collection, name) === found });
        return found;
      };
      const notedToken = (wish: TokenWish): string | undefined => {
        const found = token(wish);
        read.push({ again: (_now, nowToken) => nowToken(wish) === found });
        return found;
      };
      for (const volume of facts.pod.spec.volumes ?? []) {
        const content = volumeContent({ volume, facts, lookup: noted, token: notedToken });
        if (content.kind === "problem") {
          problems.push({ volume: volume.name, message: content.message });
          continue;
        }
        const own = place(volume.name, content);
        places.set(volume.name, own);
        if (content.kind !== "files") continue;
        const digest = [...content.files].map(
          ([name, { bytes, mode }]) => `${name} ${mode} ${bytes.toString("base64")}`,
        );
        const text = digest.join("\n");
        if (written.get(volume.name) === text) continue;
        writeVolume(own, content.files, ++turn);
        written.set(volume.name, text);
      }
      last = { key, read, problems };
      return problems;
    },
    mount(container, env) {
      const root = rootOf(container.name);
      mkdirSync(root, { recursive: true, mode: 0o700 });
      // The shorter ones first: a mount may lie within another.
      const mounts = [...(container.volumeMounts ?? [])].sort((a, b) => a.mountPath.length - b.mountPath.length);
      for (const { name, mountPath, subPath = "", subPathExpr } of mounts) {
        const part = subPathExpr === undefined ? subPath : expandVariables(subPathExpr, (key) => env[key]);
        const target = places.get(name);
        if (target !== undefined) mountVolume(root, mountPath, target, part);
      }
      return root;
    },
  };
}
