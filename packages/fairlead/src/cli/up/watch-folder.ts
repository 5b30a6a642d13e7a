import { watch } from "node:fs";

const quietMs = 150;

/** Calls `again` once files of a folder have changed and it has been quiet for a moment; one call at a time. */
export function watchFolder(folder: string, again: () => Promise<void>): () => void {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const watcher = watch(folder, { recursive: true }, () => {
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
