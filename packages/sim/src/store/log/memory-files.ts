import { Buffer } from "node:buffer";
import type { Files, OpenFile } from "./files.ts";

export type Operation =
  | "makeFolder"
  | "list"
  | "open"
  | "create"
  | "rename"
  | "remove"
  | "syncFolder"
  | "read"
  | "write"
  | "truncate"
  | "sync";

interface Content {
  bytes: Buffer;
  /** What a loss of power leaves. */
  synced: Buffer;
}

export interface MemoryFiles extends Files {
  /** Of the file with this path; they can be changed with `set`. */
  get(path: string): Buffer | undefined;
  set(path: string, bytes: Uint8Array): void;
  /** What a loss of power would leave of it. */
  synced(path: string): Buffer;
  paths(): string[];
  /** Is called before each operation: it throws to make it fail, and returns how many bytes a short write takes. */
  fault: (operation: Operation, path: string, bytes: number) => number | undefined;
  /** Nobody has anything open any more, as after the end of the process. */
  endProcess(): void;
  /** The same, and only what was synced is left, names included. */
  losePower(): void;
}

/** A disk in memory, to try what disks do: the tests of the log run on it. */
export function createMemoryFiles(): MemoryFiles {
  let names = new Map<string, Content>();
  let syncedNames = new Map<string, Content>();
  const locks = new Set<string>();
  let process = 0;

  const disk: MemoryFiles = {
    fault: () => undefined,
    get: (path) => names.get(path)?.bytes,
    set: (path, bytes) => void names.set(path, { bytes: Buffer.from(bytes), synced: Buffer.from(bytes) }),
    synced: (path) => contentOf(path).synced,
    paths: () => [...names.keys()].sort(),
    endProcess() {
      process++;
      locks.clear();
    },
    losePower() {
      disk.endProcess();
      names = new Map(syncedNames);
      for (const content of names.values()) content.bytes = content.synced;
    },
    makeFolder: (folder) => void disk.fault("makeFolder", folder, 0),
    list(folder) {
      disk.fault("list", folder, 0);
      return [...names.keys()]
        .filter((path) => path.startsWith(`${folder}/`))
        .map((path) => path.slice(folder.length + 1));
    },
    open(path) {
      disk.fault("open", path, 0);
      return handle(path, contentOf(path));
    },
    create(path) {
      disk.fault("create", path, 0);
      const content = { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) };
      names.set(path, content);
      return handle(path, content);
    },
    rename(from, to) {
      disk.fault("rename", to, 0);
      names.set(to, contentOf(from));
      names.delete(from);
    },
    remove(path) {
      disk.fault("remove", path, 0);
      names.delete(path);
    },
    syncFolder(folder) {
      disk.fault("syncFolder", folder, 0);
      syncedNames = new Map(names);
    },
    lock(path) {
      if (locks.has(path)) return "taken";
      locks.add(path);
      return () => void locks.delete(path);
    },
  };

  function contentOf(path: string): Content {
    const content = names.get(path);
    if (content === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
    return content;
  }

  function handle(path: string, content: Content): OpenFile {
    const opened = process;
    let closed = false;
    const alive = (): void => {
      if (closed || opened !== process) throw new Error(`EBADF: bad file descriptor, '${path}'`);
    };
    return {
      size: () => content.bytes.length,
      read(into, position) {
        alive();
        disk.fault("read", path, into.length);
        return content.bytes.copy(into, 0, position, position + into.length);
      },
      write(from, position) {
        alive();
        const count = disk.fault("write", path, from.length) ?? from.length;
        const bytes = Buffer.alloc(Math.max(content.bytes.length, position + count));
        content.bytes.copy(bytes);
        bytes.set(from.subarray(0, count), position);
        content.bytes = bytes;
        return count;
      },
      truncate(size) {
        alive();
        disk.fault("truncate", path, size);
        content.bytes = content.bytes.subarray(0, size);
      },
      sync() {
        alive();
        disk.fault("sync", path, 0);
        content.synced = content.bytes;
      },
      close() {
        alive();
        closed = true;
      },
    };
  }

  return disk;
}
