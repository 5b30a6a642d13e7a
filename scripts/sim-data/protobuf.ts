import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { wrapperModule } from "../real/build.ts";
import { downloadModule, findGo, runGo } from "../real/go.ts";
import type { ServedResource } from "./discovery.ts";
import { packed } from "./source.ts";

const program = path.join(import.meta.dirname, "../../packages/apimachinery/tools/protobuf/main.go");

/**
 * How the messages of all served versions are encoded, as the Go types of the release tell it; and what Kubernetes' own
 * code makes of objects of all kinds, for the tests: lines with Protobuf in base64 and JSON.
 */
export async function protobufFiles(
  kubernetes: string,
  served: readonly ServedResource[],
): Promise<{ readonly messages: string; readonly samples: string }> {
  const go = await findGo();
  const release = await downloadModule(go, `k8s.io/kubernetes@v${kubernetes}`);
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-protobuf-"));
  try {
    writeFileSync(path.join(folder, "go.mod"), wrapperModule(readFileSync(release.goMod, "utf8"), kubernetes));
    copyFileSync(program, path.join(folder, "main.go"));
    const versions = new Set(served.map(({ group, version }) => `${group}/${version}`));
    const run = async (...mode: string[]): Promise<string> => {
      const parameters = ["run", "-mod=mod", ".", ...mode, ...[...versions].sort()];
      return (await runGo(go, parameters, { cwd: folder })).stdout;
    };
    const text = packed(Buffer.from(await run()));
    const messages =
      `/** The release whose messages these are. */\nexport const release = "${kubernetes}";\n` +
      `/** Brotli of what packages/apimachinery/tools/protobuf prints. */\nexport const packed =\n  "${text}";\n`;
    return { messages, samples: await run("samples") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
