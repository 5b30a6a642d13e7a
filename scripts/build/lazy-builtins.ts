import { builtinModules } from "node:module";
import type { Plugin } from "esbuild";

/**
 * An import of one of Node's own modules is hoisted to the top of an ES module, so every command would load what any
 * command needs (crypto alone takes 5 ms). Here each is loaded when the first thing of it is used. CommonJS packages get
 * them at once, and do without native speed-ups.
 */
export const lazyBuiltins: Plugin = {
  name: "lazy-builtins",
  setup(build) {
    build.onResolve({ filter: /^[a-z]/ }, ({ path: id, kind }) => {
      // CommonJS packages ask for them without the prefix; esbuild would leave that to a `require` that is not there.
      const builtin = id.startsWith("node:") ? id : builtinModules.includes(id) ? `node:${id}` : undefined;
      const lazy = kind === "import-statement" && builtin !== undefined && !isFunction(builtin);
      if (builtin !== undefined) return { path: builtin, namespace: lazy ? "lazy-builtin" : "builtin" };
      return optional.has(id) ? { path: id, namespace: "absent" } : undefined;
    });
    build.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path: id }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(id)});`,
      loader: "js",
    }));
    // esbuild copies a CommonJS module's own properties where it is imported, and gives the copy the same prototype.
    build.onLoad({ filter: /.*/, namespace: "lazy-builtin" }, ({ path: id }) => ({
      contents:
        "const get = (_, key) => " +
        `key === "__esModule" ? undefined : process.getBuiltinModule(${JSON.stringify(id)})[key];` +
        "module.exports = Object.create(new Proxy({}, { get }));",
      loader: "js",
    }));
    build.onLoad({ filter: /.*/, namespace: "absent" }, ({ path: id }) => ({
      contents: `throw new Error(${JSON.stringify(`${id} is not there`)});`,
      loader: "js",
    }));
  },
};

/** Native speed-ups that packages try to load and do without. */
const optional = new Set(["bufferutil", "utf-8-validate"]);

/** Modules that are called or extended themselves (stream, events); Node has loaded most of them anyway. */
function isFunction(id: string): boolean {
  return typeof process.getBuiltinModule(id) === "function";
}
