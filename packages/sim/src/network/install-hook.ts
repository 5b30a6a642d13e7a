import type dnsModule from "node:dns";
import type { readFileSync, statSync } from "node:fs";
import type netModule from "node:net";

/** What the hook changes and what it reads. */
export interface HookHost {
  readonly net: typeof netModule;
  readonly dns: typeof dnsModule;
  readonly fs: { readonly readFileSync: typeof readFileSync; readonly statSync: typeof statSync };
  /** Carries the changes over to what modules have imported by name. */
  readonly sync: () => void;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * What runs first in each Node program of a pod: it listens on the pod's address, finds Services by their names, and knows
 * the ports that stand for those below 1024. It is handed over as the text of this function, so it uses nothing but its
 * parameter. It makes programs meet; it does not keep them apart: a program can undo it.
 *
 * Environment: `POD_IP`, `HOSTNAME`, `FAIRLEAD_NAMES` (a file: addresses by full name), `FAIRLEAD_NAMESPACE`,
 * `FAIRLEAD_FIRST_PORT` (ports below are 20000 higher), `FAIRLEAD_PORTS` (`8080=41001,…`: what stands for the pod's own).
 */
export function installHook({ net, dns, fs, sync, env }: HookHost): void {
  const address = env["POD_IP"] ?? "";
  if (address === "") return;
  const file = env["FAIRLEAD_NAMES"] ?? "";
  const firstPort = Number(env["FAIRLEAD_FIRST_PORT"] ?? 0);
  const domains = [
    `.${env["FAIRLEAD_NAMESPACE"] ?? "default"}.svc.cluster.local`,
    ".svc.cluster.local",
    ".cluster.local",
    "",
  ];
  const own = new Set(["", "0.0.0.0", "::", "::0", "::1", "127.0.0.1", "localhost", env["HOSTNAME"] ?? ""]);
  const ours = /^127\.(?:6[4-9]|[7-9]\d|1\d\d|2[0-4]\d|25[0-4])\.\d+\.\d+$/;
  type Place = { readonly addresses: string[]; readonly alias?: string; readonly ports?: Record<string, number> };
  let names: Record<string, Place> = {};
  const ownPorts = new Map<number, number>();
  for (const pair of (env["FAIRLEAD_PORTS"] ?? "").split(",")) {
    const [port, stands] = pair.split("=").map(Number);
    if (port !== undefined && stands !== undefined) ownPorts.set(port, stands);
  }
  let version = "";
  let turn = 0;

  function table(): Record<string, Place> {
    try {
      const { mtimeMs, ino, size } = fs.statSync(file);
      const now = `${mtimeMs} ${ino} ${size}`;
      if (now !== version) {
        names = JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, Place>;
        version = now;
      }
    } catch {
      // It is about to be replaced, or gone with the cluster: what was read last holds.
    }
    return names;
  }

  function find(host: string, depth = 0): Place | undefined {
    const name = host.toLowerCase().replace(/\.$/, "");
    if (name === "localhost") return { addresses: [address, "127.0.0.1"] };
    if (name === "") return undefined;
    if (name === env["HOSTNAME"]) return { addresses: [address] };
    const known = table();
    for (const domain of domains) {
      const found = Object.hasOwn(known, name + domain) ? known[name + domain]! : undefined;
      if (found?.alias !== undefined) return depth > 8 ? undefined : (find(found.alias, depth + 1) ?? found);
      if (found === undefined || found.addresses.length === 0) continue;
      const { addresses } = found;
      turn = (turn + 1) % addresses.length;
      return { ...found, addresses: [...addresses.slice(turn), ...addresses.slice(0, turn)] };
    }
    return undefined;
  }

  const portFor = (port: number): number => (port > 0 && port < firstPort ? port + 20_000 : port);
  const isOwn = (host: string): boolean => own.has(host) || host === address;

  /** At a path or on something that is open already. */
  function isElsewhere(options: object): boolean {
    const { path, fd } = options as netModule.ListenOptions & { fd?: number };
    return typeof path === "string" || typeof fd === "number";
  }

  const listen = net.Server.prototype.listen as (...args: unknown[]) => netModule.Server;
  function listenHere(this: netModule.Server, ...args: unknown[]): netModule.Server {
    const [first, second] = args;
    const callback = args.findLast((one) => typeof one === "function");
    let options: netModule.ListenOptions;
    if (first === undefined || first === null || typeof first === "function") options = { port: 0 };
    else if (typeof first === "number" || (typeof first === "string" && /^\d+$/.test(first))) {
      options = { port: Number(first) };
      if (typeof second === "string") options.host = second;
      const backlog = args.slice(1).find((one) => typeof one === "number");
      if (typeof backlog === "number") options.backlog = backlog;
    } else if (typeof first === "object" && "port" in first && !isElsewhere(first)) {
      options = { ...(first as netModule.ListenOptions) };
    } else return listen.apply(this, args);
    if (own.has(options.host ?? "")) {
      options.host = address;
      delete options.ipv6Only;
    }
    if (options.port !== undefined && options.host === address)
      options.port = ownPorts.get(Number(options.port)) ?? portFor(Number(options.port));
    return listen.call(this, options, callback);
  }
  (net.Server.prototype as { listen: unknown }).listen = listenHere;

  const connect = net.Socket.prototype.connect as (...args: unknown[]) => netModule.Socket;
  type Target = { port?: number | string; host?: string; path?: string | null };
  function withPort(target: Target): Target {
    const port = Number(target.port);
    if (typeof target.path === "string" || !(port > 0)) return target;
    const host = target.host ?? "localhost";
    if (isOwn(host) && ownPorts.has(port)) return { ...target, port: ownPorts.get(port)! };
    const place = net.isIP(host) !== 0 || host === "localhost" ? undefined : find(host);
    const stands = place?.ports?.[port];
    if (stands !== undefined) return { ...target, port: stands };
    const isOurs = ours.test(host) || place?.addresses.some((one) => ours.test(one));
    return isOurs && port < firstPort ? { ...target, port: portFor(port) } : target;
  }
  function connectThere(this: netModule.Socket, ...args: unknown[]): netModule.Socket {
    const [first, second] = args;
    // net.connect hands over what it has read of its own parameters, as a marked list.
    if (Array.isArray(first)) first[0] = withPort(first[0] as Target);
    else if (typeof first === "object" && first !== null) args[0] = withPort(first as Target);
    else if (typeof first === "number" || (typeof first === "string" && /^\d+$/.test(first))) {
      args[0] = withPort({ port: first, ...(typeof second === "string" ? { host: second } : {}) }).port;
    }
    return connect.apply(this, args);
  }
  (net.Socket.prototype as { connect: unknown }).connect = connectThere;

  type Wanted = { readonly family?: number | string; readonly all?: boolean } | number | undefined | null;
  type Answer = { readonly address: string; readonly family: number };
  function answersTo(host: unknown, wanted: Wanted): readonly Answer[] | undefined {
    const family = typeof wanted === "number" ? wanted : (wanted?.family ?? 0);
    if (typeof host !== "string" || family === 6 || family === "IPv6") return undefined;
    const addresses = find(host)?.addresses ?? [];
    return addresses.length === 0 ? undefined : addresses.map((one) => ({ address: one, family: 4 }));
  }
  /** The name that is looked up elsewhere: a Service may stand for another. */
  const outside = (host: unknown): unknown => (typeof host === "string" ? (find(host)?.alias ?? host) : host);
  const isForAll = (wanted: Wanted): boolean => typeof wanted === "object" && wanted?.all === true;

  const lookup = dns.lookup as unknown as (...args: unknown[]) => unknown;
  function lookupHere(host: unknown, ...rest: unknown[]): unknown {
    const callback = rest.at(-1);
    const wanted = (rest.length > 1 ? rest[0] : undefined) as Wanted;
    const answers = answersTo(host, wanted);
    if (answers === undefined || typeof callback !== "function") return lookup(outside(host), ...rest);
    const { address: first, family } = answers[0]!;
    process.nextTick(() => {
      if (isForAll(wanted)) callback(null, answers);
      else callback(null, first, family);
    });
    return {};
  }
  const lookupLater = dns.promises.lookup as unknown as (...args: unknown[]) => Promise<unknown>;
  function lookupHereLater(host: unknown, wanted?: Wanted): Promise<unknown> {
    const answers = answersTo(host, wanted);
    if (answers === undefined) return lookupLater(outside(host), ...(wanted === undefined ? [] : [wanted]));
    return Promise.resolve(isForAll(wanted) ? answers : answers[0]);
  }
  (dns as { lookup: unknown }).lookup = lookupHere;
  (dns.promises as { lookup: unknown }).lookup = lookupHereLater;
  sync();
}

/** The module that `--import` gets. */
export function hookSource(): string {
  return [
    'import dns from "node:dns";',
    'import fs from "node:fs";',
    'import { syncBuiltinESMExports as sync } from "node:module";',
    'import net from "node:net";',
    `(${installHook.toString()})({ net, dns, fs, sync, env: process.env });`,
    "",
  ].join("\n");
}
