import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import type { CliContext } from "../context.ts";
import { startProgress } from "./progress.ts";

function fake(live: boolean) {
  let text = "";
  const stdout: string[] = [];
  let resize = (): void => undefined;
  let listening = 0;
  const context = {
    process: {
      stdout: { write: (part: string) => void stdout.push(part) },
      stderr: { write: (part: string) => void (text += part) },
    },
    color: { stdout: false, stderr: false },
    ...(live
      ? {
          terminal: {
            size: () => ({ columns: 40, rows: 5 }),
            onResize: (listener: () => void) => {
              resize = listener;
              listening++;
              return () => void listening--;
            },
          },
        }
      : {}),
  } as unknown as CliContext;
  return {
    context,
    stdout,
    resize: () => resize(),
    listening: () => listening,
    taken: () => {
      const all = text;
      text = "";
      return all;
    },
  };
}

test("says each step in a line of its own where there is no terminal", () => {
  const clock = virtualClock();
  const { context, taken, stdout } = fake(false);
  const progress = startProgress(context, clock);
  progress.update("Deployment orders", "waiting");
  progress.update("Deployment orders", "working", "0 of 3 replicas are available");
  clock.advance(2000);
  progress.update("Deployment orders", "working", "0 of 3 replicas are available");
  progress.update("Deployment orders", "working", "2 of 3 replicas\nare available");
  progress.note("Warning: old");
  clock.advance(3500);
  progress.update("Deployment orders", "done");
  progress.update("Job migrate", "failed", "BackoffLimitExceeded");
  progress.end();
  assert.equal(
    taken(),
    [
      "· Deployment orders: 0 of 3 replicas are available",
      "· Deployment orders: 2 of 3 replicas are available",
      "Warning: old",
      "✓ Deployment orders: done (5 s)",
      "✗ Job migrate: failed, BackoffLimitExceeded",
      "",
    ].join("\n"),
  );
  assert.deepEqual([stdout, clock.pending], [[], 0]);
});

test("draws a list that moves, leaves its end behind and gives the terminal back", () => {
  const clock = virtualClock();
  const { context, taken, listening, resize } = fake(true);
  const progress = startProgress(context, clock);
  assert.equal(taken(), "\u001b[?25l");
  progress.update("a", "working", "why");
  // What changes many times between two pictures is drawn once.
  progress.update("a", "working", "why not");
  clock.advance(100);
  assert.equal(taken(), "\u001b[?2026h⠙ a  why not\u001b[K\n\u001b[?2026l");
  clock.advance(100);
  assert.equal(taken(), "\u001b[?2026h\r\u001b[1A⠹ a  why not\u001b[K\n\u001b[?2026l");
  progress.note("Warning: old");
  assert.match(taken(), /\u001b\[1A\u001b\[J[^]*Warning: old\n[^]*⠹ a/);
  resize();
  assert.match(taken(), /^\u001b\[\?2026h⠹ a/);
  for (let index = 0; index < 8; index++) progress.update(`b${index}`, "done");
  progress.update("a", "done");
  progress.end();
  const end = taken();
  assert.match(end, /✓ a[^]*✓ b0[^]*✓ b7[^]*\u001b\[\?25h$/);
  progress.end();
  assert.deepEqual([taken(), clock.pending, listening()], ["", 0, 0]);
});
