import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { collect, formatWrite, readAfter } from "./writes.ts";

let id = 0;

interface Request {
  readonly user?: string;
  readonly agent?: string;
  readonly uri?: string;
  readonly status?: number;
}

/** The lines that the audit log has of one request; without a status it is not answered yet. */
function lines({ user = "admin", agent = "fairlead/1", uri = "/api/v1/namespaces/a/pods", status }: Request): string {
  const objectRef = { resource: "pods", namespace: "a", name: "x" };
  const common = {
    auditID: String(id++),
    requestURI: uri,
    verb: "patch",
    user: { username: user },
    userAgent: agent,
    objectRef,
  };
  const received = JSON.stringify({ ...common, stage: "RequestReceived" });
  if (status === undefined) return `${received}\n`;
  return `${received}\n${JSON.stringify({ ...common, stage: "ResponseComplete", responseStatus: { code: status } })}\n`;
}

test("names what was written, and how it was answered", () => {
  const { writes, open } = collect(lines({ status: 200 }) + lines({ status: 409 }), {});
  assert.deepEqual(writes.map(formatWrite), ["patch pods a/x 200", "patch pods a/x 409"]);
  assert.equal(open, 0);
});

test("leaves out dry runs, the control plane and the harness, but not service accounts", () => {
  const log = [
    { uri: "/api/v1/namespaces/a/pods/x?dryRun=All", status: 200 },
    { uri: "/api/v1/namespaces/a/pods/x?fieldManager=me&dryRun=All", status: 200 },
    { user: "system:kube-scheduler", status: 200 },
    { user: "system:apiserver", status: 200 },
    { agent: "fairlead-harness", status: 200 },
    { user: "system:serviceaccount:a:me", status: 201 },
  ];
  assert.deepEqual(
    collect(log.map(lines).join(""), {}).writes.map((one) => one.user),
    ["system:serviceaccount:a:me"],
  );
});

test("tells that some are not answered yet, and reads no half line", () => {
  const { writes, open } = collect(`${lines({})}{"stage":"RequestRec`, {});
  assert.deepEqual([writes.length, writes[0]?.status, open], [1, 0, 1]);
});

test("begins with the first line that begins later, also where one was half written", (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-audit-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "audit.log");
  writeFileSync(file, "one\ntwo\nthree");
  const read = [0, 3, 4, 5, 8, 9, 13].map((offset) => readAfter(file, offset));
  assert.deepEqual(read, ["one\ntwo\nthree", "two\nthree", "two\nthree", "three", "three", "", ""]);
});

test("keeps to a user agent", () => {
  const log = lines({ agent: "a/1", status: 200 }) + lines({ agent: "b/1" });
  const { writes, open } = collect(log, { userAgent: /^a\// });
  assert.deepEqual([writes.length, open], [1, 0]);
});
