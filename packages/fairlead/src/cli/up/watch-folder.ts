import { watch } from "node:fs";
import path from "node:path";

const quietMs = 150;

/** Calls `again` once files of a folder have changed and it has been quiet for a moment; one call at a time. */
export function watchFolder(folder: string, state: string, again: () => Promise<void>): () => void {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const watcher = watch(folder, { recursive: true }, (_kind, name) => {
    if (name === null || isOwn(path.resolve(folder, name), state) || isHidden(name)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(again);
    }, quietMs);
  });
  return () => {
    clearTimeout(timer);
    watcher.close();
  };
}

/** What the fleet itself writes is no change of the folder. */
export function isOwn(file: string, state: string): boolean {
  return file === state || file.startsWith(`${state}${path.sep}`);
}

function isHidden(name: string): boolean {
  return name.split(path.sep).some((part) => part.startsWith("."));
}
