/**
 * Runs test files in this one process: `node --test-reporter=… scripts/testing/entry.ts FILE…`.
 * It replaces `node --test --test-isolation=none`, which passes when a file throws while it is loaded.
 */
import "../test-setup.ts";
import path from "node:path";
import { before, test } from "node:test";
import { pathToFileURL } from "node:url";

const loaded = Promise.withResolvers<void>();
// The first test waits until every file is loaded: a root without pending tests ends, and with it the whole run.
before(() => loaded.promise);
for (const file of process.argv.slice(2)) {
  try {
    await import(pathToFileURL(path.resolve(file)).href);
  } catch (error) {
    test(`loads ${file}`, () => {
      throw error;
    });
  }
}
loaded.resolve();
