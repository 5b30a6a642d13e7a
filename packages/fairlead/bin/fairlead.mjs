#!/usr/bin/env node
// The command `fairlead`. Plain JavaScript for Node 18 and newer, so that an older Node gets an answer instead of a
// syntax error. In a checkout it runs the sources on Node 24, installing what is missing; as a published package it
// runs the bundle.
import { existsSync } from "node:fs";
import module from "node:module";

const withNode = new URL("../../../scripts/with-node.mjs", import.meta.url);
const source = new URL("../src/main.ts", import.meta.url);

if (existsSync(source) && existsSync(withNode)) {
  const { main } = await import(withNode.href);
  main(["packages/fairlead/src/main.ts", ...process.argv.slice(2)]);
} else if (Number(process.versions.node.split(".")[0]) < 24) {
  process.stderr.write(
    `fairlead: needs Node 24 or newer; this is Node ${process.versions.node}. Install it from https://nodejs.org and run the command again.\n`,
  );
  process.exitCode = 2;
} else {
  module.enableCompileCache();
  await import("../dist/fairlead.mjs");
}
