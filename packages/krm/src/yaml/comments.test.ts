import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readComments, writeComments, type YamlComment } from "./comments.ts";
import { splitDocuments } from "./split.ts";

function read(text: string) {
  const [source] = [...splitDocuments(text)];
  return readComments(source!)!;
}

function told(comments: readonly YamlComment[]): string[] {
  return comments.map(({ path, place, text }) => `${path.join(".")} ${place} ${text}`);
}

describe("readComments", () => {
  it("says at which field each comment stands", () => {
    const text = `a: 1 # one
# above b
b: # at b
  # above c
  c: "# no comment" # at c
  d: x#y
  # below d
`;
    assert.deepEqual(told(read(text).comments), [
      "a line # one",
      "b before # above b",
      "b line # at b",
      "b.c before # above c",
      "b.c line # at c",
      "b.d after # below d",
    ]);
  });

  it("reads lists, block texts and what stands between brackets", () => {
    const text = `list:
  # first
  - name: x # name
    text: | # header
      # part of the text
  # second
  - [1, # inside
     2] # behind
`;
    assert.deepEqual(told(read(text).comments), [
      "list.0 before # first",
      "list.0.name line # name",
      "list.0.text line # header",
      "list.1 before # second",
      "list.1 line # inside",
      "list.1 line # behind",
    ]);
  });

  it("leaves what stands before the first field and at the margin after the last one outside", () => {
    const text = "--- # marker\n# head\na: 1\n# foot\n---\nb: 2\n";
    const { comments, start, end } = read(text);
    assert.deepEqual(comments, []);
    assert.equal(text.slice(start, end), "a: 1");
  });

  it("gives a less indented comment to the field of its own depth", () => {
    assert.deepEqual(told(read("a:\n  b:\n    c: 1\n  # to b\nd: 1\n").comments), ["a.b after # to b"]);
  });
});

describe("writeComments", () => {
  it("puts every comment back where it stood", () => {
    const bare = "a: 1\nb:\n  c:\n    - x: 1\n      y: |\n        text\n    - 2\nd: 3\n";
    const commented = `a: 1 # 1
# b1
# b2
b: # b3
  c:
    # item
    - x: 1 # x
      y: | # y
        text
      # below y
    - 2
    # below 2
d: 3
`;
    const { comments } = read(commented);
    assert.deepEqual(writeComments(bare, comments), { text: commented, unplaced: [] });
  });

  it("gives back what has no field, and loses none where a line has room for one", () => {
    const at = (path: (string | number)[], text: string): YamlComment => ({ path, place: "line", text });
    const { text, unplaced } = writeComments("a: 1\n", [at(["a"], "# 1"), at(["a"], "# 2"), at(["b"], "# 3")]);
    assert.equal(text, "# 1\na: 1 # 2\n");
    assert.deepEqual(told(unplaced), ["b line # 3"]);
  });
});
