import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import type { LogEntry, PodLog } from "../../subresources/pod-access.ts";
import type { OutputStream } from "./process-runner.ts";

/** The output of one run of a container. */
export interface ContainerLog extends PodLog {
  write(stream: OutputStream, chunk: Buffer, now: number): void;
  /** Calls for each further piece of output as it comes. Returns what to call to hear no more. */
  listen(onChunk: (stream: OutputStream, chunk: Buffer) => void): () => void;
  /** The run is over. */
  end(now: number): void;
  remove(): void;
}

/** As the kubelet's containerLogMaxSize. Two files of it are kept. */
const mostBytes = 10 * 1024 * 1024;
/** As containerd's: longer lines come in parts. */
const longestLine = 16 * 1024;

/**
 * Kept in a file, in the form in which container runtimes write logs (`TIME stdout F text`), so that a program that
 * prints without end takes no more than twice `limit` bytes.
 */
export function containerLog(file: string, limit = mostBytes): ContainerLog {
  const rotated = `${file}.1`;
  const pending: Record<OutputStream, Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  const followers = new Set<{ readonly onEntry: (entry: LogEntry) => void; readonly onEnd: () => void }>();
  const listeners = new Set<(stream: OutputStream, chunk: Buffer) => void>();
  let descriptor: number | undefined = openSync(file, "a", 0o600);
  let size = 0;

  function append(entry: LogEntry): void {
    if (descriptor === undefined) return;
    const head = `${entry.time} ${entry.stream} ${entry.isPartial ? "P" : "F"} `;
    const bytes = Buffer.concat([Buffer.from(head), entry.text, newline]);
    if (size + bytes.length > limit && size > 0) {
      closeSync(descriptor);
      renameSync(file, rotated);
      descriptor = openSync(file, "a", 0o600);
      size = 0;
    }
    writeSync(descriptor, bytes);
    size += bytes.length;
    for (const { onEntry } of followers) onEntry(entry);
  }

  return {
    write(stream, chunk, now) {
      for (const onChunk of listeners) onChunk(stream, chunk);
      const time = nanoTime(now);
      let rest = pending[stream].length === 0 ? chunk : Buffer.concat([pending[stream], chunk]);
      for (let end = rest.indexOf(10); end >= 0 || rest.length >= longestLine; end = rest.indexOf(10)) {
        const isPartial = end < 0 || end > longestLine;
        const length = isPartial ? longestLine : end;
        append({ time, stream, text: rest.subarray(0, length), isPartial });
        rest = rest.subarray(isPartial ? length : length + 1);
      }
      pending[stream] = rest;
    },
    entries: () => [...readEntries(rotated), ...readEntries(file)],
    listen(onChunk) {
      listeners.add(onChunk);
      return () => void listeners.delete(onChunk);
    },
    follow(onEntry, onEnd) {
      const follower = { onEntry, onEnd };
      if (descriptor === undefined) onEnd();
      else followers.add(follower);
      return () => void followers.delete(follower);
    },
    end(now) {
      if (descriptor === undefined) return;
      for (const stream of ["stdout", "stderr"] as const) {
        const text = pending[stream];
        if (text.length > 0) append({ time: nanoTime(now), stream, text, isPartial: true });
      }
      closeSync(descriptor);
      descriptor = undefined;
      for (const { onEnd } of followers) onEnd();
      followers.clear();
    },
    remove() {
      rmSync(file, { force: true });
      rmSync(rotated, { force: true });
    },
  };
}

const newline = Buffer.from("\n");

function nanoTime(now: number): string {
  return `${new Date(now).toISOString().slice(0, -1)}000000Z`;
}

function readEntries(file: string): LogEntry[] {
  if (!existsSync(file)) return [];
  const bytes = readFileSync(file);
  const entries: LogEntry[] = [];
  for (let from = 0; from < bytes.length;) {
    const found = bytes.indexOf(10, from);
    const end = found < 0 ? bytes.length : found;
    const line = bytes.subarray(from, end);
    const [timeEnd, streamEnd] = [30, 37];
    entries.push({
      time: line.toString("latin1", 0, timeEnd),
      stream: line.toString("latin1", timeEnd + 1, streamEnd) as OutputStream,
      isPartial: line[streamEnd + 1] === 0x50,
      text: line.subarray(streamEnd + 3),
    });
    from = end + 1;
  }
  return entries;
}
