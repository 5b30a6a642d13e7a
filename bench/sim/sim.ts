/**
 * Everything that is measured of the embedded cluster, one after the other, each in a process of its own:
 *
 *   npm run bench -- sim [--short]
 *
 * `wire` and `watchers` run a real kube-apiserver and etcd beside it.
 */
import { runParts } from "../lib/parts.ts";

runParts(import.meta.dirname, ["cluster", "store", "serve", "verbs", "wire", "watchers"]);
