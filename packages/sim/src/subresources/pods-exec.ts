import type { Clock } from "@fairlead/apimachinery";
import type { SubresourceHandler } from "../api/server.ts";
import { badRequest, internalError } from "../errors.ts";
import { execOptions, execRequest, portForwardOptions } from "../streams/connect-options.ts";
import { execUpgrade } from "../streams/exec-upgrade.ts";
import { portForwardUpgrade } from "../streams/port-forward-upgrade.ts";
import { admitConnect } from "./admit-connect.ts";
import type { PodAccess } from "./pod-access.ts";
import { logSubresource } from "./pods-log.ts";
import { proxySubresources } from "./proxy.ts";
import { checkCreate, checkHost, checkMethod, containerIn, isSimulated, podOf } from "./pods-container.ts";

export interface PodStreams {
  /** Of the cluster's nodes; undefined while there are none that run anything. */
  readonly access: () => PodAccess | undefined;
  /** Times what clients may take to open their streams. */
  readonly machine: Clock;
}

/** `pods/exec` and `pods/attach`: a command in a container, or what the container itself says and hears. */
export function execSubresource(kind: "exec" | "attach", { access, machine }: PodStreams): SubresourceHandler {
  const optionsKind = kind === "exec" ? "PodExecOptions" : "PodAttachOptions";
  return async (server, call) => {
    checkMethod(call);
    const asked = execRequest(await admitConnect(server, call, execOptions(optionsKind, call.request.query)));
    checkCreate(server, call);
    const pod = podOf(server, call);
    const container = containerIn(pod, asked.container);
    checkHost(pod);
    if (kind === "exec" && asked.command.length === 0) throw badRequest("you must specify at least 1 command");
    const contact = access()?.find(pod);
    if (contact === undefined) throw isSimulated(pod);
    const target = contact.container(container);
    if (target === undefined) {
      throw internalError(`unable to upgrade connection: container not found (${JSON.stringify(container)})`);
    }
    const command = kind === "exec" ? asked.command : [];
    return execUpgrade(call.request, target, { ...asked, container, command }, machine);
  };
}

/** `pods/portforward`: connections to ports of the pod. */
export function portForwardSubresource({ access, machine }: PodStreams): SubresourceHandler {
  return async (server, call) => {
    checkMethod(call);
    await admitConnect(server, call, portForwardOptions(call.request.query));
    checkCreate(server, call);
    const pod = podOf(server, call);
    checkHost(pod);
    const contact = access()?.find(pod);
    if (contact === undefined) throw isSimulated(pod);
    return portForwardUpgrade(call.request, contact.ports, `${call.info.namespace}/${call.info.name}`, machine);
  };
}

/** All that reach into pods, by `pods/exec`. */
export function podSubresources(streams: PodStreams): readonly (readonly [string, SubresourceHandler])[] {
  return [
    ["pods/exec", execSubresource("exec", streams)],
    ["pods/attach", execSubresource("attach", streams)],
    ["pods/portforward", portForwardSubresource(streams)],
    ["pods/log", logSubresource(streams.access)],
    ...proxySubresources(streams.access),
  ];
}
