/**
 * Istio's own control plane by the planned objects: its validation takes each of them, and what it makes of them for a
 * sidecar is what `envoy/` derives from them, by which `mesh-envoy.own.test.ts` judges our data plane. One istiod for all.
 */
import { after, before } from "node:test";
import { derivationTests, listenerTests } from "./istio/derivation-tests.ts";
import { istiodWorld, type IstiodWorld } from "./istio/mesh-world.ts";
import { requestTests } from "./istio/request-tests.ts";
import { validationTests } from "./istio/validation-tests.ts";

/** The first time, istiod is built. */
const mostBuildMs = 30 * 60_000;
let world: IstiodWorld;

before(async () => void (world = await istiodWorld()), { timeout: mostBuildMs });
after(() => world?.stop());

validationTests(() => world);
derivationTests(() => world);
requestTests(() => world);
listenerTests(() => world);
