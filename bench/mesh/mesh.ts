/**
 * Everything that is measured of the mesh, one after the other, each in a process of its own:
 *
 *   npm run bench -- mesh [--short] [--real]
 */
import { runParts } from "../lib/parts.ts";

runParts(import.meta.dirname, ["sync", "failover"]);
