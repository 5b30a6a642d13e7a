import assert from "node:assert/strict";
import { test } from "node:test";
import { KubeError } from "@fairlead/kube";
import { createLog, errorFields } from "./log.ts";

function lines(log: (to: ReturnType<typeof createLog>) => void): { [field: string]: unknown }[] {
  const written: string[] = [];
  log(createLog({ level: "info", destination: { write: (text) => void written.push(text) } }));
  return written.map((line) => JSON.parse(line) as { [field: string]: unknown });
}

test("lines are JSON with a time, a level and the fields of the parents", () => {
  const [line, ...rest] = lines((log) => {
    log.child({ controller: "workloads" }).child({ key: "shop/orders" }).info({ made: 3 }, "applied");
    log.debug("not this one");
  });
  assert.deepEqual(rest, []);
  const { time, ...fields } = line!;
  assert.match(String(time), /^\d{4}-\d{2}-\d{2}T.*Z$/);
  assert.deepEqual(fields, { level: "info", controller: "workloads", key: "shop/orders", made: 3, msg: "applied" });
});

test("what is named like a secret is not written", () => {
  const secret = "hunter2";
  const text = JSON.stringify(
    lines((log) => {
      log.info({ token: secret, object: { kind: "Secret", data: { a: secret }, stringData: { b: secret } } }, "x");
      log.info({ request: { headers: { authorization: secret } }, password: secret }, "x");
    }),
  );
  assert.doesNotMatch(text, /hunter2/);
});

test("an error of the cluster is told without the objects it refers to, one of the program with its stack", () => {
  const status = { kind: "Status", message: "hunter2" } as const;
  const error = new KubeError("forbidden", "may not", { httpStatus: 403, status, hint: "ask" });
  assert.deepEqual(errorFields(error), {
    type: "KubeError",
    code: "forbidden",
    message: "may not",
    httpStatus: 403,
    hint: "ask",
  });
  const [given, made] = lines((log) => {
    log.warn({ error }, "x");
    log.warn({ error: errorFields(error) }, "x");
  });
  assert.deepEqual(given!["error"], made!["error"]);
  assert.equal((given!["error"] as { code: string }).code, "forbidden");
  assert.match(String(errorFields(new TypeError("oh"))["stack"]), /log\.test/);
  assert.deepEqual(errorFields("thrown"), { type: "string", message: "thrown" });
});
