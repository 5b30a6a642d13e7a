/** A cluster in a process of its own, which a test kills: `node cluster-child.ts FOLDER`. Says how to reach it. */
import { createCluster } from "../../src/index.ts";

const { url, token, certificate } = await createCluster({ dataDir: process.argv[2]! });
process.stdout.write(`${JSON.stringify({ url, token, certificate })}\n`);
