/**
 * Everything that is measured of the sidecars, one after the other, each in a process of its own:
 *
 *   npm run bench -- sidecars [--short]
 */
import { runParts } from "../lib/parts.ts";

runParts(import.meta.dirname, ["decide", "waves", "scan"], ["--expose-gc"]);
