import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { elapsed, layout, type LayoutOptions, type ProgressItem } from "./layout.ts";
import { textWidth } from "./text-width.ts";

const options: LayoutOptions = { columns: 60, rows: 10, color: false, now: 65_000, frame: 0 };
const item = (name: string, state: ProgressItem["state"], more: Partial<ProgressItem> = {}): ProgressItem => ({
  name,
  state,
  ...more,
});

test("shows sign, name, reason and time in columns", () => {
  const items = [
    item("Service shop/orders", "done", { startedAt: 0, endedAt: 300 }),
    item("Deployment shop/orders", "working", { reason: "1 of 3 replicas are available", startedAt: 0 }),
    item("Job shop/migrate", "failed", { reason: "BackoffLimitExceeded", startedAt: 0, endedAt: 12_345 }),
    item("Route shop/orders", "waiting"),
  ];
  assert.deepEqual(layout(items, { ...options, columns: 80 }), [
    "✓ Service shop/orders",
    "⠋ Deployment shop/orders  1 of 3 replicas are available  1 min 5 s",
    "✗ Job shop/migrate        BackoffLimitExceeded  12 s",
    "· Route shop/orders",
  ]);
});

test("turns the spinner", () => {
  const frames = [0, 1, 9, 10].map((frame) => layout([item("a", "working")], { ...options, frame })[0]);
  assert.deepEqual(frames, ["⠋ a", "⠙ a", "⠏ a", "⠋ a"]);
});

test("cuts what is too wide: the reason, then the name", () => {
  const long = item("Deployment shop/orders", "failed", {
    reason: "the image cannot be pulled: no such tag",
    startedAt: 60_000,
  });
  for (const [columns, expected] of [
    [50, "✗ Deployment shop/orders  the image cannot b…  5 s"],
    [36, "✗ Deployment shop/orde…  the i…  5 s"],
    [30, "✗ Deployment shop/o…  5 s"],
    [12, "✗ Deploy…"],
    [3, "✗ …"],
  ] as const) {
    assert.deepEqual(layout([long], { ...options, columns }), [expected], String(columns));
  }
});

test("counts what has no room, the least telling first", () => {
  const items = [
    item("a", "done"),
    item("b", "working"),
    item("c", "done"),
    item("d", "failed"),
    item("e", "waiting"),
    item("f", "working"),
  ];
  for (const [rows, expected] of [
    [7, ["✓ a", "⠋ b", "✓ c", "✗ d", "· e", "⠋ f"]],
    [6, ["⠋ b", "✗ d", "· e", "⠋ f", "  … and 2 done"]],
    [4, ["⠋ b", "✗ d", "  … and 1 under way, 1 waiting, 2 done"]],
    [2, ["  … and 1 failed, 2 under way, 1 waiting, 2 done"]],
    [0, ["  … and 1 failed, 2 under way, 1 waiting, 2 done"]],
  ] as const) {
    assert.deepEqual(layout(items, { ...options, rows }), expected, String(rows));
  }
});

test("colours signs, failures and times, if it may", () => {
  const failed = item("a", "failed", { reason: "why", startedAt: 60_000 });
  assert.deepEqual(layout([failed], { ...options, color: true }), [
    "\u001b[31m✗\u001b[39m a  \u001b[31mwhy\u001b[39m  \u001b[2m5 s\u001b[22m",
  ]);
});

test("lets nothing through that moves the cursor, and counts wide characters twice", () => {
  const evil = item("a\u001b[2Jb", "working", { reason: "x\r\ny\u009b5m\u202e" });
  assert.deepEqual(layout([evil], options), ["⠋ a[2Jb  x y5m"]);
  assert.deepEqual(layout([item("日本語のアプリ", "done")], { ...options, columns: 12 }), ["✓ 日本語…"]);
});

test("no line is wider than the window, and no list longer", () => {
  const items = fc.array(
    fc.record(
      {
        name: fc.string({ unit: "grapheme", maxLength: 40 }),
        state: fc.constantFrom("waiting", "working", "done", "failed"),
        reason: fc.string({ maxLength: 80 }),
        startedAt: fc.nat(100_000),
      },
      { requiredKeys: ["name", "state"] },
    ),
  );
  fc.assert(
    fc.property(items, fc.integer({ min: 4, max: 120 }), fc.integer({ min: 0, max: 30 }), (list, columns, rows) => {
      const lines = layout(list as ProgressItem[], { ...options, columns, rows });
      assert.ok(lines.length <= Math.max(1, rows - 1));
      for (const line of lines) assert.ok(textWidth(line) <= columns, JSON.stringify([line, columns]));
    }),
    { seed: 4, numRuns: 300 },
  );
});

test("tells times from a second on", () => {
  assert.deepEqual([0, 999, 1000, 59_999, 60_000, 3_725_000].map(elapsed), [
    "",
    "",
    "1 s",
    "59 s",
    "1 min 0 s",
    "62 min 5 s",
  ]);
});
