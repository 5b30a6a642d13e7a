/**
 * `npm run image -- [FOLDER]`: assembles the image's root file system (default: dist/image/rootfs) from this machine's
 * Node 24, the shared libraries it is linked to, and the command line as modules. No container engine is needed;
 * deploy/image/Containerfile copies the folder into an image where there is one.
 */
import path from "node:path";
import { assembleRootfs } from "./image/rootfs.ts";
import { root } from "./build/workspace.ts";

const folder = path.resolve(process.argv[2] ?? path.join(root, "dist", "image", "rootfs"));
const { files, bytes } = await assembleRootfs(folder);
process.stdout.write(`${folder}: ${files.length} files, ${(bytes / 1024 / 1024).toFixed(0)} MiB\n`);
