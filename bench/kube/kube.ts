/**
 * Everything that is measured against a real API server, one after the other, each in a process of its own:
 *
 *   npm run bench -- kube [--short]
 */
import { runParts } from "../lib/parts.ts";

runParts(import.meta.dirname, ["requests", "informer", "apply", "reconcile"]);
