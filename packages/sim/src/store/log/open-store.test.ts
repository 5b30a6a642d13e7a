import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import fc from "fast-check";
import { runs } from "../../../../../scripts/runs.ts";
import { StoreError, type StoreErrorCode } from "../store-error.ts";
import type { Snapshot, Store } from "../store.ts";
import { createMemoryFiles, type MemoryFiles, type Operation } from "./memory-files.ts";
import { openStore, type OpenOptions, type OpenReport } from "./open-store.ts";
import { marker } from "./record.ts";

const folder = "/data";
const firstLog = path.join(folder, "log-00000001");

function open(files: MemoryFiles, options: OpenOptions = {}): { store: Store; report: OpenReport } {
  return openStore(folder, { files, ...options });
}

function write(store: Store, key: string, value = "v", collection = "pods"): number {
  const make = (revision: number): JsonObject => ({ metadata: { resourceVersion: String(revision) }, value });
  return store.put(collection, key, store.get(collection, key)?.revision ?? 0, make)!.revision;
}

function remove(store: Store, key: string): void {
  store.remove("pods", key, store.get("pods", key)!.revision, () => ({}));
}

function contents(snapshot: Snapshot): string[] {
  return snapshot
    .collections()
    .flatMap((collection) =>
      [...snapshot.range(collection)].map(
        ({ key, revision, object }) => `${collection} ${key} ${revision} ${String(object["value"])}`,
      ),
    );
}

function refused(code: StoreErrorCode, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof StoreError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  };
}

function fail(files: MemoryFiles, which: Operation, message: string, matching = ""): void {
  files.fault = (operation, at) => {
    if (operation === which && at.includes(matching)) throw new Error(message);
    return undefined;
  };
}

function restore(files: MemoryFiles): void {
  files.fault = () => undefined;
}

test("finds everything after the end of the process, whether the store was closed or not", () => {
  for (const closed of [true, false]) {
    const files = createMemoryFiles();
    const { store, report } = open(files);
    assert.deepEqual([report.created, report.revision], [true, 1]);
    write(store, "a/x", "é");
    write(store, "a/y");
    write(store, "n", "node", "nodes");
    remove(store, "a/y");
    write(store, "a/x", "changed");
    const before = contents(store);
    if (closed) store.close();
    files.endProcess();
    const again = open(files);
    assert.deepEqual(contents(again.store), before);
    assert.deepEqual(again.report, {
      created: false,
      revision: 6,
      objects: 2,
      records: 5,
      cut: undefined,
      removed: [],
    });
    assert.equal(write(again.store, "a/z"), 7, "revisions go on");
    assert.equal(again.store.compacted, 6);
    assert.equal(
      again.store.watch("pods", 5, () => {}),
      undefined,
      "a watch from before has to list again",
    );
  }
});

test("cuts off a record that the end of the process has torn, at whatever byte, and says so", () => {
  const files = createMemoryFiles();
  const { store } = open(files);
  const states = new Map([[files.get(firstLog)!.length, contents(store)]]);
  for (const [key, value] of [
    ["a/x", "1"],
    ["a/y", "ÿ"],
    ["a/x", "2"],
    ["b/long", "z".repeat(100)],
  ] as const) {
    write(store, key, value);
    states.set(files.get(firstLog)!.length, contents(store));
  }
  remove(store, "a/y");
  const whole = files.get(firstLog)!;
  states.set(whole.length, contents(store));
  const ends = [...states.keys()];
  for (let size = ends[0]!; size <= whole.length; size++) {
    const damaged = createMemoryFiles();
    damaged.set(firstLog, whole.subarray(0, size));
    const { store: again, report } = open(damaged);
    const offset = ends.findLast((end) => end <= size)!;
    assert.deepEqual(contents(again), states.get(offset), `cut at ${size}`);
    const expected =
      offset === size ? undefined : { file: "log-00000001", offset, bytes: size - offset, reason: "incomplete record" };
    assert.deepEqual(report.cut, expected);
    write(again, "c/next");
    damaged.endProcess();
    assert.equal(open(damaged).report.cut, undefined, "what follows lies where the torn one was");
  }
  for (let size = 0; size < ends[0]!; size++) {
    const damaged = createMemoryFiles();
    damaged.set(firstLog, whole.subarray(0, size));
    assert.throws(() => open(damaged), refused("corrupt", /log-00000001 does not begin with a head/));
  }
});

test("cuts off zeros, which a file system may leave at the end", () => {
  const files = createMemoryFiles();
  write(open(files).store, "a/x");
  const size = files.get(firstLog)!.length;
  files.set(firstLog, Buffer.concat([files.get(firstLog)!, Buffer.alloc(5000)]));
  files.endProcess();
  assert.deepEqual(open(files).report.cut, { file: "log-00000001", offset: size, bytes: 5000, reason: "no record" });
});

test("refuses a log in which any byte before the last record is not as it was written", () => {
  const files = createMemoryFiles();
  const { store } = open(files);
  for (const key of ["a/x", "a/y", "a/z"]) write(store, key);
  const whole = files.get(firstLog)!;
  const last = whole.lastIndexOf(marker);
  for (let at = 0; at < whole.length; at++) {
    const damaged = createMemoryFiles();
    const bytes = Buffer.from(whole);
    bytes[at]! ^= 1 << (at % 8);
    damaged.set(firstLog, bytes);
    if (at < last) assert.throws(() => open(damaged), refused("corrupt", /log-00000001/), `byte ${at}`);
    else assert.equal(open(damaged).report.cut?.offset, last, `byte ${at}`);
  }
  const damaged = createMemoryFiles();
  const bytes = Buffer.from(whole);
  bytes[bytes.indexOf("a/y")] = 0;
  damaged.set(firstLog, bytes);
  assert.throws(() => open(damaged), refused("corrupt", new RegExp(`good records follow at byte ${last}`)));
  const { store: first, report } = open(damaged, { cutDamage: true });
  assert.deepEqual([first.count("pods"), report.cut?.reason], [1, "wrong checksum"]);
});

test("refuses a folder in which a record, a log or another program's file stands for its own", () => {
  const files = createMemoryFiles();
  const { store } = open(files);
  for (const key of ["a/x", "a/y", "a/z"]) write(store, key);
  const whole = files.get(firstLog)!;
  const second = whole.indexOf(marker, whole.indexOf("a/x"));
  const third = whole.indexOf(marker, second + 1);

  const without = createMemoryFiles();
  without.set(firstLog, Buffer.concat([whole.subarray(0, second), whole.subarray(third)]));
  assert.throws(() => open(without), refused("corrupt", /at byte \d+ goes on with revision 4 after revision 2/));

  const missing = createMemoryFiles();
  missing.set(path.join(folder, "log-00000002"), whole);
  assert.throws(() => open(missing), refused("corrupt", /log-00000001 is missing/));
  missing.set(firstLog, whole);
  assert.throws(() => open(missing), refused("corrupt", /log-00000002 has the head of another file/));

  const other = createMemoryFiles();
  other.set(firstLog, Buffer.from("key=value\n"));
  assert.throws(() => open(other), refused("corrupt", /does not begin with a head/));
});

test("lets one have the folder at a time", () => {
  const files = createMemoryFiles();
  const { store } = open(files);
  assert.throws(() => open(files), refused("locked", /\/data is in use/));
  store.close();
  const again = open(files);
  files.endProcess();
  assert.doesNotThrow(() => open(files), "what ended without closing holds nothing");
  assert.throws(() => again.store.put("pods", "a/x", 0, () => ({})), StoreError);
});

test("replaces a log that has outgrown the state by a snapshot, and goes on from it", () => {
  const files = createMemoryFiles();
  const { store } = open(files, { rotateBytes: 2000 });
  for (let i = 0; i < 300; i++) {
    if (i % 7 === 6) remove(store, `a/${(i - 1) % 10}`);
    else write(store, `a/${i % 10}`, String(i));
  }
  const sizes = files.paths().map((at) => files.get(at)!.length);
  assert.match(
    files.paths().join(),
    /^\/data\/log-0*(\d+),\/data\/snapshot-0*\1$/,
    "one log, which follows the snapshot",
  );
  assert.ok(Math.max(...sizes) < 4000, `${sizes.join()} bytes`);
  const before = contents(store);
  files.endProcess();
  const again = open(files);
  assert.deepEqual([contents(again.store), again.store.revision], [before, 301]);
  assert.ok(again.report.records < 60);
});

test("refuses a snapshot that is not as it was written", () => {
  const files = createMemoryFiles();
  const { store } = open(files, { rotateBytes: 300 });
  for (let i = 0; i < 10; i++) write(store, `a/${i % 3}`);
  const at = files.paths().find((name) => name.includes("snapshot"))!;
  const whole = files.get(at)!;
  files.endProcess();
  for (let byte = 0; byte < whole.length; byte++) {
    const bytes = Buffer.from(whole);
    bytes[byte]! ^= 255;
    files.set(at, bytes);
    assert.throws(() => open(files), refused("corrupt", /snapshot-/), `byte ${byte}`);
    files.set(at, whole.subarray(0, byte));
    assert.throws(() => open(files), refused("corrupt", /snapshot-/), `cut at ${byte}`);
  }
});

test("acknowledges nothing that the disk does not take, shows it to nobody, and takes the next write", () => {
  const faults: [string, (files: MemoryFiles) => void][] = [
    ["ENOSPC", (files) => fail(files, "write", "ENOSPC: no space left on device, write")],
    [
      "a short write and EIO",
      (files) => {
        let writes = 0;
        files.fault = (operation) => {
          if (operation === "write" && writes++ > 0) throw new Error("EIO: i/o error, write");
          return operation === "write" ? 20 : undefined;
        };
      },
    ],
    ["nothing taken", (files) => void (files.fault = (operation) => (operation === "write" ? 0 : undefined))],
  ];
  for (const [name, arm] of faults) {
    const files = createMemoryFiles();
    const { store } = open(files);
    write(store, "a/x", "1");
    store.subscribe(({ stored }) => assert.equal(stored.key, "a/z", name));
    const before = contents(store);
    arm(files);
    assert.throws(() => write(store, "a/y"), refused("io", /^cannot write to log-00000001: /), name);
    assert.throws(() => write(store, "a/x", "2"), StoreError);
    assert.throws(() => remove(store, "a/x"), StoreError);
    assert.deepEqual([contents(store), store.revision], [before, 2], name);
    restore(files);
    assert.equal(write(store, "a/z"), 3);
    const after = contents(store);
    files.endProcess();
    const again = open(files);
    assert.deepEqual([contents(again.store), again.report.cut], [after, undefined], name);
  }
});

test("writes whole records through a disk that takes a few bytes at a time", () => {
  const files = createMemoryFiles();
  files.fault = (operation, _, bytes) => (operation === "write" ? Math.min(bytes, 7) : undefined);
  const { store } = open(files, { rotateBytes: 500 });
  for (let i = 0; i < 20; i++) write(store, `a/${i}`);
  const before = contents(store);
  files.endProcess();
  assert.deepEqual(contents(open(files).store), before);
});

test("writes nothing more after a sync has failed, or what was begun could not be taken back", () => {
  const synced = createMemoryFiles();
  const { store } = open(synced, { fsync: true });
  write(store, "a/x");
  const before = contents(store);
  fail(synced, "sync", "EIO: i/o error, fdatasync");
  assert.throws(() => write(store, "a/y"), refused("io", /^cannot sync log-00000001: EIO/));
  restore(synced);
  assert.throws(() => write(store, "a/z"), refused("io", /^cannot sync log-00000001: EIO/));
  synced.endProcess();
  assert.deepEqual(contents(open(synced).store), before);

  const rotated = createMemoryFiles();
  const { store: full } = open(rotated, { rotateBytes: 1 });
  fail(rotated, "sync", "EIO: i/o error, fdatasync");
  assert.equal(write(full, "a/x"), 2, "the kernel has it");
  assert.throws(() => write(full, "a/y"), refused("io", /^cannot sync log-00000001: EIO/));

  const stuck = createMemoryFiles();
  const { store: other } = open(stuck);
  stuck.fault = (operation) => {
    if (operation === "write" || operation === "truncate") throw new Error("EIO: i/o error");
    return undefined;
  };
  assert.throws(() => write(other, "a/y"), refused("io", /^cannot write to log/));
  restore(stuck);
  assert.throws(() => write(other, "a/y"), refused("io", /^cannot take back what was written of a record to log/));
});

test("refuses an object that no record may hold", () => {
  const files = createMemoryFiles();
  const { store } = open(files, { maxRecordBytes: 1000 });
  assert.throws(() => write(store, "a/x", "v".repeat(1000)), refused("too-large", /pods a\/x takes \d+ bytes/));
  assert.equal(write(store, "a/x", "v".repeat(800)), 2);
  files.endProcess();
  assert.equal(open(files, { maxRecordBytes: 100 }).store.count("pods"), 1, "what is stored stays readable");
});

test("goes on writing to the logs that are there while they cannot be replaced", () => {
  for (const operation of ["create", "rename", "syncFolder", "remove"] as const) {
    const files = createMemoryFiles();
    const problems: StoreError[] = [];
    const { store } = open(files, { rotateBytes: 500, onProblem: (error) => problems.push(error) });
    fail(files, operation, "ENOSPC: no space left on device");
    for (let i = 0; i < 30; i++) write(store, `a/${i % 4}`, String(i));
    assert.match(problems[0]?.message ?? "none", /ENOSPC/, operation);
    const middle = contents(store);
    const copy = createMemoryFiles();
    for (const at of files.paths()) copy.set(at, files.get(at)!);
    assert.deepEqual(contents(open(copy).store), middle, `${operation} fails`);
    restore(files);
    for (let i = 0; i < 30; i++) write(store, `a/${i % 4}`, String(i));
    const before = contents(store);
    files.endProcess();
    assert.deepEqual(contents(open(files).store), before, `${operation} has failed`);
    assert.ok(files.paths().length <= 4, files.paths().join());
  }
});

test("keeps each write through a loss of power with fsync, and what was written by the last snapshot without", () => {
  for (const fsync of [true, false]) {
    const files = createMemoryFiles();
    const { store } = open(files, { fsync, rotateBytes: 600 });
    const states = [contents(store)];
    for (let i = 0; i < 40; i++) {
      write(store, `a/${i % 4}`, String(i));
      states.push(contents(store));
    }
    files.losePower();
    const again = open(files).store;
    assert.deepEqual(contents(again), states[again.revision - 1]);
    if (fsync) assert.equal(again.revision, 41);
    else assert.ok(again.revision > 20, `revision ${again.revision}`);
  }
});

test("loses no more than it may through a loss of power, whether or not the log is replaced", () => {
  const files = createMemoryFiles();
  const { store } = open(files, { syncBytes: 1000 });
  for (let i = 0; i < 100; i++) {
    write(store, `a/${i}`);
    const copy = createMemoryFiles();
    const synced = files.synced(firstLog);
    copy.set(firstLog, synced);
    assert.ok(files.get(firstLog)!.length - synced.length < 1000);
    assert.ok(open(copy).store.revision <= store.revision);
  }
});

test("finds all acknowledged writes wherever the process ends, even within a rotation", () => {
  fc.assert(
    fc.property(fc.nat(400), fc.nat(60), (operations, taken) => {
      const files = createMemoryFiles();
      const { store } = open(files, { rotateBytes: 400 });
      let left = operations;
      files.fault = (operation, _, bytes) => {
        if (left-- > 0) return undefined;
        if (left === -1 && operation === "write") return Math.min(bytes, taken);
        throw new Error("the process has ended");
      };
      let acknowledged = contents(store);
      try {
        for (let i = 0; ; i++) {
          write(store, `a/${i % 7}`, "v".repeat(i % 40));
          // The rotation comes after the write counts; when its failure is the end, nothing else is.
          acknowledged = contents(store);
        }
      } catch (error) {
        assert.ok(error instanceof StoreError);
      }
      files.endProcess();
      restore(files);
      assert.deepEqual(contents(open(files).store), acknowledged);
    }),
    runs(150),
  );
});
