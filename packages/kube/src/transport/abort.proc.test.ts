import assert from "node:assert/strict";
import { test } from "node:test";
import { startServer } from "../../test/scripted-server.ts";
import { isKubeError } from "../errors.ts";
import { createTransport } from "./create-transport.ts";

for (const protocol of ["h2", "http/1.1"] as const) {
  test(`aborts what was aborted before its request was written (${protocol})`, async (t) => {
    // Never answers.
    const server = await startServer(() => {}, { protocol });
    t.after(() => server.close());
    const transport = createTransport(server.access());
    t.after(() => transport.close({ force: true }));
    // The second one finds a connection, so that nothing but its credentials is waited for.
    for (let i = 0; i < 2; i++) {
      for (const turns of [0, 1, 2, 3, 4]) {
        const controller = new AbortController();
        const sent = transport.send({ method: "GET", path: "/", signal: controller.signal });
        const aborted = assert.rejects(sent, (error) => isKubeError(error, "aborted"));
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        controller.abort();
        await aborted;
      }
    }
  });
}
