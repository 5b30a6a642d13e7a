import path from "node:path";
import { describeGolden } from "../support/golden.ts";

describeGolden("routes, messaging, pools and identities side by side", path.join(import.meta.dirname, "testdata"));
