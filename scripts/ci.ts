/** What `.ci/run` runs once Node 24 is there: every suite, the slow ones in their short form. */
import path from "node:path";
import { runSuites } from "./suites/run-suites.ts";

const { failed } = await runSuites(path.dirname(import.meta.dirname), [
  { name: "npm test", script: "test", limitMinutes: 15 },
  { name: "npm run test:real", script: "test:real", limitMinutes: 45 },
  { name: "npm run bench -- --short", script: "bench", args: ["--short"], limitMinutes: 15, byExitCode: true },
]);
process.exitCode = failed === 0 ? 0 : 1;
