import path from "node:path";
import { describeGolden } from "../support/golden.ts";

describeGolden("workloads side by side", path.join(import.meta.dirname, "testdata"));
