import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { redraw } from "./redraw.ts";

/** As much of a terminal as the list uses. */
function terminal() {
  const screen: string[] = [""];
  let row = 0;
  let column = 0;
  let writes = 0;
  return {
    write(text: string): void {
      for (const token of text.match(/\u001b\[\??\d*[A-Za-z]|[^\u001b]/g) ?? []) {
        const move = /^\u001b\[(\d*)A$/.exec(token);
        if (move !== null) row -= Number(move[1]);
        else if (token === "\u001b[K") screen[row] = screen[row]!.slice(0, column);
        else if (token === "\u001b[J") screen.splice(row, screen.length, screen[row]!.slice(0, column));
        else if (token === "\r") column = 0;
        else if (token === "\n") {
          row++;
          column = 0;
          screen[row] ??= "";
        } else if (token.startsWith("\u001b")) assert.match(token, /^\u001b\[\?2026[hl]$/);
        else {
          writes++;
          const line = screen[row]!;
          screen[row] = `${line.slice(0, column)}${token}${line.slice(column + 1)}`;
          column++;
        }
        assert.ok(row >= 0);
      }
    },
    lines: () => screen.slice(0, row),
    rest: () => screen.slice(row).join(""),
    writes: () => writes,
  };
}

test("a terminal shows what it is to show, whatever it showed before", () => {
  const lines = fc.array(fc.constantFrom("", "a", "abc", "b", "longer line"), { maxLength: 5 });
  fc.assert(
    fc.property(fc.array(lines, { maxLength: 6 }), (lists) => {
      const screen = terminal();
      screen.write("before\n");
      let shown: string[] = [];
      for (const list of lists) {
        screen.write(redraw(shown, list));
        shown = list;
        assert.deepEqual(screen.lines(), ["before", ...list]);
        assert.equal(screen.rest(), "");
      }
    }),
    { seed: 4, numRuns: 300 },
  );
});

test("writes only lines that changed, and nothing when none did", () => {
  const screen = terminal();
  screen.write(redraw([], ["one", "two", "three"]));
  const before = screen.writes();
  screen.write(redraw(["one", "two", "three"], ["one", "2", "three"]));
  assert.equal(screen.writes() - before, 1);
  assert.equal(redraw(["a"], ["a"]), "");
});
