import { afterEach } from "node:test";
import type { Mesh, MeshOptions } from "../../src/run/mesh/mesh.ts";
import type { FakeMesh } from "./fake-mesh.ts";

export interface StartedMeshes {
  begin(world: FakeMesh, options?: Partial<MeshOptions>): Mesh;
  /** Begins, and waits until nothing waits. */
  start(world: FakeMesh, options?: Partial<MeshOptions>): Promise<Mesh>;
}

/** Controllers of a test file, or of a `describe` in which this is called: all are stopped after each test. */
export function startedMeshes(): StartedMeshes {
  const running: Mesh[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((mesh) => mesh.stop()));
  });
  const begin: StartedMeshes["begin"] = (world, options) => {
    const mesh = world.start(options);
    running.push(mesh);
    return mesh;
  };
  return {
    begin,
    async start(world, options) {
      const mesh = begin(world, options);
      await world.settled(mesh);
      return mesh;
    },
  };
}
