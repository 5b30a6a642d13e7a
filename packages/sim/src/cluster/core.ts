import type { KeyObject } from "node:crypto";
import { createAdmission } from "../admission/chain.ts";
import { defaultPlugins } from "../admission/default-plugins.ts";
import { webhookTransport } from "../admission/webhooks/transport.ts";
import { virtualResources } from "../api/virtual-resources.ts";
import type { AuthenticatorChain } from "../authn/create-authenticator.ts";
import type { SigningKeys } from "../authn/signing-keys.ts";
import { createImpersonation } from "../authn/impersonate.ts";
import { lastUsedLabel } from "../authn/legacy-tokens.ts";
import type { AuthenticationConfiguration } from "../authn/oidc/authentication-configuration.ts";
import { bindings } from "../subresources/binding.ts";
import { tokenSubresource } from "../subresources/token.ts";
import type { PodAccess } from "../subresources/pod-access.ts";
import { podSubresources } from "../subresources/pods-exec.ts";
import { systemClock } from "../serve/system-clock.ts";
import { storeSubresources } from "../subresources/views.ts";
import { readProtobuf } from "./read-protobuf.ts";
import { admissionContext } from "./admission-context.ts";
import { admissionHost } from "./admission-host.ts";
import { createIdentity } from "./identity.ts";
import { createStandIns, type StandIns } from "./stand-ins.ts";
import { textOf, type Clock, type JsonObject } from "@fairlead/apimachinery";
import { createHandler } from "../api/handler.ts";
import { inProcessApi } from "../api/in-process.ts";
import { nameOf, newUid, timeText, withMetadata } from "../api/registry/metadata.ts";
import type { Scope } from "../api/registry/parts.ts";
import { atRevision } from "../api/registry/commit.ts";
import type { ApiRequest, ApiResponse, UpgradeResponse } from "../api/request.ts";
import type { Server } from "../api/server.ts";
import type { User } from "../api/user.ts";
import { escalationProblem, type RbacWrite } from "../authz/escalation.ts";
import { createRbac } from "../authz/rbac.ts";
import { rbacGroup, storedRbacObjects } from "../authz/rbac-objects.ts";
import type { Api } from "../controllers/controller.ts";
import { bootstrapObjects } from "../data/bootstrap-objects.ts";
import { builtinResources } from "../data/builtin-resources.ts";
import { storeKey } from "../resources/kind.ts";
import { watchDefinitions } from "../crds/custom-kinds.ts";
import { establishDefinitions } from "../crds/establish.ts";
import { registerApiServices } from "../crds/register-api-services.ts";
import { askConversion } from "../conversions/custom/convert.ts";
import { createKinds } from "../resources/kinds.ts";
import { createResourceTable, type MutableResourceTable } from "../resources/resource-table.ts";
import type { Store } from "../store/store.ts";
import { tableOf } from "../tables/table-of.ts";
import { documentsOf } from "./documents.ts";
import { indexDependents } from "./dependents.ts";

export interface CoreOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  /** `127.0.0.1:6443`, as discovery tells it; known only once the server listens. */
  readonly address: () => string;
  readonly onError: (error: unknown) => void;
  /** Admission plugins that are left out, by name. */
  readonly disabledAdmission?: readonly string[];
  /** Users by the tokens that are given when the cluster starts. */
  readonly tokens?: ReadonlyMap<string, User>;
  /** Signs the tokens of service accounts; a new one unless told. */
  readonly signingKey?: KeyObject;
  /** Reaches into pods that really run; without it all are simulated. */
  readonly pods?: () => PodAccess | undefined;
  /** Pods are programs of this machine, so Endpoints may have loopback addresses; false unless told. */
  readonly loopbackPods?: boolean;
  /** Who else issues tokens, and who may send requests without any. */
  readonly authentication?: AuthenticationConfiguration;
}

/** A cluster without sockets: what answers requests, and what controllers use. */
export interface Core {
  readonly store: Store;
  readonly server: Server;
  readonly table: MutableResourceTable;
  readonly handle: (request: ApiRequest) => Promise<ApiResponse | UpgradeResponse>;
  readonly authenticator: AuthenticatorChain;
  /** Sign the tokens of service accounts. */
  readonly keys: SigningKeys;
  /** Programs of this machine that answer webhooks in place of simulated pods. */
  readonly standIns: StandIns;
  /** The API server in process, as a user with a field manager. */
  apiFor(user: User, fieldManager: string): Api;
  close(): void;
}

export function createCore(options: CoreOptions): Core {
  const { store, clock, random, address, onError, disabledAdmission = [] } = options;
  const table = createResourceTable(builtinResources());
  const rbacObjects = storedRbacObjects(store);
  const rbac = createRbac(rbacObjects);
  const dependents = indexDependents(store);
  const custom = watchDefinitions(store, table, (...asked) => ask(...asked));
  const kinds = createKinds(custom, table);
  const identity = createIdentity({
    ...options,
    tokens: options.tokens ?? new Map<string, User>(),
    secretUsed: (secret, day) => void markUsed(apiServer, secret, day).catch(onError),
  });
  const context = admissionContext(() => server);
  const standIns = createStandIns();
  const host = admissionHost(() => server, context, standIns);
  const transport = webhookTransport({ clock, resolveService: host.resolveService });
  const ask = askConversion({ transport, uid: () => newUid(random) });
  const plugins = defaultPlugins({
    context,
    authorizer: rbac,
    random,
    now: () => clock.now(),
    dynamic: { host, transport },
  });
  const server: Server = {
    store,
    clock,
    random,
    admission: createAdmission(plugins.filter(({ name }) => !disabledAdmission.includes(name))),
    table,
    kinds,
    authorizer: rbac,
    tableOf,
    protobuf: readProtobuf,
    impersonate: createImpersonation(rbac),
    documents: documentsOf({
      table,
      store,
      clock,
      address,
      keys: identity.issuer.keys,
      issuer: identity.issuer.issuer,
    }),
    subresources: new Map([
      ...storeSubresources,
      ["serviceaccounts/token", tokenSubresource(identity.issuer)],
      ...podSubresources({ access: options.pods ?? (() => undefined), machine: systemClock }),
    ]),
    virtual: new Map([...virtualResources(identity.authenticator, rbac), ["bindings", bindings]]),
    checkEscalation: (scope, object, old) => {
      const write = rbacWrite(scope, object, old);
      const problem = write === undefined ? undefined : escalationProblem(write, rbac);
      if (problem !== undefined) throw problem;
    },
    loopbackPods: options.loopbackPods ?? false,
    onError,
  };
  if (store.count("namespaces") === 0) bootstrap(server, clock, random);
  const apiFor = (user: User, fieldManager: string): Api =>
    inProcessApi(server, { user, fieldManager, dependents: dependents.of });
  const apiServer = apiFor({ name: "system:apiserver", groups: ["system:masters"] }, "kube-apiserver");
  const stopEstablishing = establishDefinitions(store, apiServer, clock, onError);
  const stopRegistering = registerApiServices(store, apiServer, onError);
  return {
    store,
    server,
    table,
    handle: createHandler(server),
    authenticator: identity.authenticator,
    keys: identity.issuer.keys,
    standIns,
    apiFor,
    close: () => {
      transport.close();
      stopEstablishing();
      stopRegistering();
      custom.close();
      rbacObjects.close();
      dependents.close();
    },
  };
}

const rbacResources = new Set(["roles", "rolebindings", "clusterroles", "clusterrolebindings"]);

function rbacWrite(scope: Scope, object: JsonObject, old: JsonObject | undefined): RbacWrite | undefined {
  const { resource } = scope.kind;
  if (resource.group !== rbacGroup || !rbacResources.has(resource.plural)) return undefined;
  return {
    user: scope.user,
    resource: resource.plural as RbacWrite["resource"],
    namespace: scope.namespace,
    pathName: old === undefined ? "" : nameOf(object),
    object,
    old,
  };
}

/** What a fresh API server creates of itself. */
function bootstrap({ store, table }: Server, clock: Clock, random: () => number): void {
  for (const object of bootstrapObjects(timeText(clock.now()))) {
    const resource = table.findKind(textOf(object["apiVersion"]), textOf(object["kind"]));
    if (resource === undefined) continue;
    const collection = resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`;
    const { namespace } = object["metadata"] as { namespace?: string };
    const full = withMetadata(object, { uid: newUid(random) });
    store.put(collection, storeKey(namespace ?? "", nameOf(object)), 0, (revision) => atRevision(full, revision));
  }
}

/** Labels a Secret whose token was used. It may be gone by then. */
async function markUsed(api: Api, secret: JsonObject, day: string): Promise<void> {
  const { namespace } = secret["metadata"] as { readonly namespace: string };
  const key = { namespace, name: nameOf(secret) };
  if (api.get("secrets", key) === undefined) return;
  await api.patch("secrets", key, { metadata: { labels: { [lastUsedLabel]: day } } });
}
