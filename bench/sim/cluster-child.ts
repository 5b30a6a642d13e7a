/** An embedded cluster in a process of its own, until its parent goes: the API server alone, as the real one beside it. */
import { createCluster } from "../../packages/sim/src/cluster/create-cluster.ts";

const cluster = await createCluster({
  controllers: false,
  disabledAdmission: ["ServiceAccount"],
  onError: (error) => process.stderr.write(`${String(error)}\n`),
});
const { url, token, certificate } = cluster;
process.send!({ url, token, certificate });
process.on("disconnect", () => void cluster.stop().then(() => process.exit(0)));
