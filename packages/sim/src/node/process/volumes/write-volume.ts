import {
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import type { VolumeFile } from "./volume-content.ts";

/**
 * Puts files into a folder as a kubelet does: into a folder of their own that `..data` leads to, so that a reader sees all
 * of the old ones or all of the new ones. `turn` tells one set of files from the next.
 */
export function writeVolume(folder: string, files: ReadonlyMap<string, VolumeFile>, turn: number): void {
  const fresh = `..${turn}`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  mkdirSync(path.join(folder, fresh), { recursive: true, mode: 0o700 });
  const roots = new Set<string>();
  for (const [name, { bytes, mode }] of files) {
    const inside = safePath(name);
    if (inside === undefined) continue;
    const file = path.join(folder, fresh, inside);
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, bytes, { mode: mode | 0o400 });
    roots.add(inside.split("/")[0]!);
  }
  const data = path.join(folder, "..data");
  const old = linkOf(data);
  symlinkSync(fresh, `${data}_tmp`);
  renameSync(`${data}_tmp`, data);
  for (const name of roots) {
    if (linkOf(path.join(folder, name)) === undefined) symlinkSync(`..data/${name}`, path.join(folder, name));
  }
  for (const name of old === undefined ? [] : namesIn(folder)) {
    if (!roots.has(name)) rmSync(path.join(folder, name), { force: true });
  }
  if (old !== undefined && old !== fresh) rmSync(path.join(folder, old), { recursive: true, force: true });
}

/** Below its folder, without `..`; undefined for a path that leads out. */
export function safePath(name: string): string | undefined {
  const parts = path.posix
    .normalize(name)
    .split("/")
    .filter((part) => part !== "" && part !== ".");
  return parts.length === 0 || parts.some((part) => part.startsWith("..")) ? undefined : parts.join("/");
}

function linkOf(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => !name.startsWith(".."));
}

/** Makes `mountPath` below the root of a container lead to a volume, or to a part of it. */
export function mountVolume(root: string, mountPath: string, volume: string, subPath: string): void {
  const inside = safePath(mountPath);
  const part = subPath === "" ? "" : safePath(subPath);
  if (inside === undefined || part === undefined) throw new Error(`cannot mount at ${JSON.stringify(mountPath)}`);
  const place = path.join(root, inside);
  const target = path.join(volume, part);
  if (!existsSync(target)) mkdirSync(target, { recursive: true, mode: 0o700 });
  mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 });
  rmSync(place, { recursive: true, force: true });
  symlinkSync(target, place);
}
