import type { ServiceAddress } from "../admission/host.ts";

/** Where the ports of Services lead to whose pods are simulated. The Service and a ready endpoint must be there. */
export interface StandIns {
  of(namespace: string, name: string, port: number): ServiceAddress | undefined;
  /** Undefined takes it away. */
  set(namespace: string, name: string, port: number, address: ServiceAddress | undefined): void;
}

export function createStandIns(): StandIns {
  const addresses = new Map<string, ServiceAddress>();
  const keyOf = (namespace: string, name: string, port: number): string => `${namespace}/${name}:${port}`;
  return {
    of: (...key) => addresses.get(keyOf(...key)),
    set: (namespace, name, port, address) => {
      const key = keyOf(namespace, name, port);
      if (address === undefined) addresses.delete(key);
      else addresses.set(key, address);
    },
  };
}
