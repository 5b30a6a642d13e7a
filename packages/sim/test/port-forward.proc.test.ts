import assert from "node:assert/strict";
import { connect } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { test } from "node:test";
import { portForward } from "@fairlead/kube";
import { podServer, tcpServer } from "./pod-server.ts";
import { until } from "./serve-harness.ts";

const web = { namespace: "default", name: "web" };

test("joins local connections with a pod's ports", async (t) => {
  const echo = await tcpServer(t, (socket) => socket.pipe(socket));
  const hello = await tcpServer(t, (socket) => socket.end("hello"));
  const server = await podServer(t);
  const forward = await portForward(server.client, web, {
    ports: [{ remote: echo.port }, { remote: hello.port }],
    lingerMs: 50,
  });
  t.after(() => forward.close());
  const [first, second] = forward.local;
  assert.equal(await textOf(connect(second!, "127.0.0.1")), "hello");
  const sockets = Array.from({ length: 5 }, () => connect(first!, "127.0.0.1"));
  const sent = "0123456789".repeat(50_000);
  await Promise.all(
    sockets.map(async (socket) => {
      let received = 0;
      socket.on("data", (chunk: Buffer) => (received += chunk.length));
      socket.write(sent);
      await until(() => received === sent.length, "all comes back");
      socket.destroy();
    }),
  );
  await until(() => echo.sockets.every(({ destroyed }) => destroyed), "the pod's side is closed too");
});

test("says why a port cannot be reached", async (t) => {
  const server = await podServer(t, { ports: { connect: () => Promise.reject(new Error("connection refused")) } });
  const errors: string[] = [];
  const forward = await portForward(server.client, web, {
    ports: [{ remote: 81 }],
    onError: (error) => errors.push(error.message),
  });
  t.after(() => forward.close());
  const socket = connect(forward.local[0]!, "127.0.0.1");
  socket.on("error", () => undefined);
  await until(() => errors.length === 1, "it is told");
  assert.match(errors[0]!, /error forwarding port 81 to pod default\/web, uid : connection refused/);
});

test("closes a pod's connection when its client goes", async (t) => {
  const silent = await tcpServer(t, () => undefined);
  const server = await podServer(t);
  const forward = await portForward(server.client, web, { ports: [{ remote: silent.port }] });
  t.after(() => forward.close());
  const socket = connect(forward.local[0]!, "127.0.0.1");
  socket.on("error", () => undefined);
  await until(() => silent.sockets.length === 1, "it is connected");
  server.server.disconnect();
  await until(() => silent.sockets[0]!.destroyed || silent.sockets[0]!.readableEnded, "it is closed");
});
