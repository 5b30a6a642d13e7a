import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { compileText } from "../compile/text.ts";
import { checks, nameOfFolder } from "./answers.ts";
import { newApp } from "./new-app.ts";

test("a question is repeated for what people type by mistake", () => {
  const wrong = {
    name: ["", "Shop", "my shop", "1st", "-a"],
    image: ["", "two words"],
    port: ["", "http", "0", "65536", "80/tcp", "-1"],
    path: ["", "healthz", "/a b"],
    host: ["https://shop.example", "shop.example:8080", "shop.example/x", "Shop.example"],
  } as const;
  for (const [question, answers] of Object.entries(wrong)) {
    for (const answer of answers) {
      assert.notEqual(checks[question as keyof typeof wrong](answer), undefined, `${question}: ${answer}`);
    }
  }
});

test("what passes the questions renders without an error", async () => {
  const right = { name: "shop-1", image: "registry.example:5000/shop@sha256:0", path: "/", host: "*.shop.example" };
  for (const [question, answer] of Object.entries(right)) {
    assert.equal(checks[question as keyof typeof right](answer), undefined, question);
  }
  assert.deepEqual([checks.port("1"), checks.port("65535"), checks.host("")], [undefined, undefined, undefined]);
  const { findings } = await compileText([{ name: "app.yaml", text: newApp({ ...right, port: 65535 }) }]);
  assert.deepEqual(findings, []);
});

test("every folder gives a name", () => {
  assert.deepEqual(["My Project", "2024_api", "--", ""].map(nameOfFolder), ["my-project", "api", "app", "app"]);
  fc.assert(
    fc.property(fc.string(), (folder) => checks.name(nameOfFolder(folder)) === undefined),
    runs(200),
  );
});
