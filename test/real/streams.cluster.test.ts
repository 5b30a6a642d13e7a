import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { buffer, text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import {
  attachTo,
  createClient,
  execIn,
  followLogs,
  isKubeError,
  logsOf,
  portForward,
  type ClusterAccess,
  type Credential,
  type Resource,
} from "@fairlead/kube";
import { readAccess } from "../../scripts/real/access.ts";
import { containerLog } from "../../scripts/real/kwok.ts";

const { plane } = readAccess();
const namespace = `streams-${process.pid}`;
const pods: Resource = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };
const namespaces: Resource = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false };

const credential: Credential = {
  headers: { authorization: `Bearer ${plane.token}` },
  tls: { ca: [plane.certificate] },
};
const access: ClusterAccess = {
  name: "real",
  server: new URL(plane.url),
  namespace,
  credentials: { current: () => Promise.resolve(credential), rejected: () => Promise.resolve(credential) },
};
const client = createClient(access);
const pod = { namespace, name: "web" };
/** All containers' log. */
const log = path.join(plane.folder, "container.log");

before(async () => {
  await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const web: JsonObject = {
    containers: [
      { name: "app", image: "app" },
      { name: "side", image: "side" },
    ],
  };
  const body = { apiVersion: "v1", kind: "Pod", metadata: pod, spec: { ...web, automountServiceAccountToken: false } };
  // The namespace gets its service account a moment later.
  await eventually(() => client.create(pods, body));
  await eventually(async () => {
    const { status } = await client.get(pods, pod);
    assert.equal(get(status, "phase"), "Running");
  });
});

after(async () => {
  await client.delete(namespaces, { name: namespace });
  await client.close();
});

test("runs a command: both outputs, and its exit code", async () => {
  const session = await execIn(client, pod, {
    container: "app",
    command: ["sh", "-c", "printf out; printf err >&2; exit 3"],
  });
  assert.deepEqual(await Promise.all([text(session.stdout!), text(session.stderr!)]), ["out", "err"]);
  assert.equal((await session.ended).exitCode, 3);
});

test("gives a command its input to the end, byte for byte", async () => {
  const bytes = randomBytes(3_000_000);
  const session = await execIn(client, pod, { container: "app", command: ["cat"], stdin: true, stderr: false });
  session.stdin!.end(bytes);
  assert.ok(bytes.equals(await buffer(session.stdout!)));
  assert.equal((await session.ended).exitCode, 0);
});

test("runs with a terminal of a size", async () => {
  const session = await execIn(client, pod, { container: "app", command: ["sh"], stdin: true, tty: true });
  session.resize(97, 31);
  session.stdin!.write("stty size\n");
  let output = "";
  let told = false;
  for await (const chunk of session.stdout as AsyncIterable<Buffer>) {
    output += String(chunk);
    if (told || !output.includes("31 97")) continue;
    told = true;
    session.stdin!.write("exit\n");
  }
  assert.ok(told, output);
  assert.equal((await session.ended).exitCode, 0);
});

test("says what the server says of what cannot be run", async () => {
  await assert.rejects(execIn(client, { namespace, name: "nope" }, { command: ["true"] }), (error) => {
    assert.ok(isKubeError(error, "not-found"));
    assert.equal(error.status?.reason, "NotFound");
    assert.match(error.message, /pods "nope" not found/);
    return true;
  });
  await assert.rejects(execIn(client, pod, { container: "nope", command: ["true"] }), (error) => {
    assert.ok(isKubeError(error, "bad-request"), String(error));
    assert.match(error.message, /container nope is not valid for pod web/);
    return true;
  });
  const anonymous = createClient({
    ...access,
    credentials: {
      current: () => Promise.resolve({ ...credential, headers: { authorization: "Bearer wrong" } }),
      rejected: (used) => Promise.resolve(used),
    },
  });
  await assert.rejects(execIn(anonymous, pod, { command: ["true"] }), (error) => isKubeError(error, "unauthorized"));
  await anonymous.close();
  const absent = await execIn(client, pod, { container: "app", command: ["/no/such/program"] });
  absent.stdout!.resume();
  absent.stderr!.resume();
  await assert.rejects(
    absent.ended,
    (error) => isKubeError(error, "server-error") && /no such file/.test(error.message),
  );
});

test("attaches to what runs", async () => {
  const session = await attachTo(client, pod, { container: "app" });
  session.stderr!.resume();
  const data = once(session.stdout!, "data") as Promise<[Buffer]>;
  // It gets what is written from now on, which is a little later than here.
  await eventually(async () => {
    appendFileSync(log, containerLog(["to the attached"]));
    const [first] = await Promise.race([data, new Promise<[]>((resolve) => setTimeout(resolve, 100, []))]);
    assert.match(String(first), /to the attached/);
  });
  session.close();
  await assert.rejects(session.ended, (error) => isKubeError(error, "closed"));
});

test("forwards ports: 50 MB, and many connections at once", async () => {
  const forward = await portForward(client, pod, { ports: [{ remote: 80 }, { remote: 8080 }], lingerMs: 100 });
  const bytes = randomBytes(50_000_000);
  const echoed = async (port: number, sent: Buffer): Promise<void> => {
    const socket = connect(port, "127.0.0.1");
    socket.write(sent);
    let size = 0;
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      assert.ok(chunk.equals(sent.subarray(size, size + chunk.length)));
      size += chunk.length;
      if (size === sent.length) break;
    }
    assert.equal(size, sent.length);
  };
  await echoed(forward.local[0]!, bytes);
  await Promise.all(
    Array.from({ length: 40 }, (_value, index) => echoed(forward.local[1]!, Buffer.from(`hello ${index}`))),
  );
  await forward.close();
  await forward.ended;
});

test("reads and follows logs", async () => {
  assert.match(await text(await logsOf(client, pod, { container: "app" })), /^started\nready\n/);
  assert.match(
    await text(await logsOf(client, pod, { container: "app", tailLines: 1, timestamps: true })),
    /^\d{4}-\d\d-\d\dT\S+Z .+\n$/,
  );
  // Suites share the log: only these lines are this one's.
  const own = [`more in ${namespace}`, `of it in ${namespace}`] as const;
  const seen: string[] = [];
  for await (const { text: line } of followLogs(client, pod, { container: "app", tailLines: 1 })) {
    if (seen.length === 0) appendFileSync(log, containerLog(own));
    seen.push(line);
    if (line === own[1]) break;
  }
  assert.deepEqual(
    seen.filter((line) => line.endsWith(namespace)),
    own,
  );
});

async function eventually<T>(act: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
