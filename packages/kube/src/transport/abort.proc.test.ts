import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, startServer } from "../../test/scripted-server.ts";
import { readBody } from "../client/read-body.ts";
import { isKubeError } from "../errors.ts";
import { createTransport } from "./create-transport.ts";

for (const protocol of ["h2", "http/1.1"] as const) {
  test(`aborts what was aborted before its request was written (${protocol})`, { timeout: 10_000 }, async (t) => {
    const server = await startServer((request, response) => void (request.url === "/" && answer(response, "{}")), {
      protocol,
    });
    t.after(() => server.close());
    const transport = createTransport(server.access());
    t.after(() => transport.close({ force: true }));
    // There is a connection: nothing but the credentials is waited for.
    const { body } = await transport.send({ method: "GET", path: "/" });
    await readBody(body, 100, () => "read");
    for (const turns of [0, 1, 2, 3, 4]) {
      const controller = new AbortController();
      const sent = transport.send({ method: "GET", path: "/never", signal: controller.signal });
      const aborted = assert.rejects(sent, (error) => isKubeError(error, "aborted"));
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      controller.abort();
      await aborted;
    }
  });
}
