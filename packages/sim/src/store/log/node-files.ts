import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import type { Files, OpenFile } from "./files.ts";
import { lockFile } from "./lock-file.ts";

/** The file system of this machine. */
export const nodeFiles: Files = {
  makeFolder: (folder) => void mkdirSync(folder, { recursive: true, mode: 0o700 }),
  list: (folder) => readdirSync(folder),
  open: (path) => openFile(path, "r+"),
  create: (path) => openFile(path, "w+"),
  rename: renameSync,
  remove: (path) => rmSync(path, { force: true }),
  syncFolder(folder) {
    const handle = openSync(folder, "r");
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  },
  lock: lockFile,
};

function openFile(path: string, flags: "r+" | "w+"): OpenFile {
  const handle = openSync(path, flags, 0o600);
  return {
    size: () => fstatSync(handle).size,
    read: (into, position) => readSync(handle, into, 0, into.length, position),
    write: (from, position) => writeSync(handle, from, 0, from.length, position),
    truncate: (size) => ftruncateSync(handle, size),
    sync: () => fdatasyncSync(handle),
    close: () => closeSync(handle),
  };
}
