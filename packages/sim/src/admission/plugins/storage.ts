import { compareQuantities, type JsonObject } from "@fairlead/apimachinery";
import type { AdmissionContext, AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import { added, annotation, field, isFor, nameOf, refuse, text, texts, withField } from "../objects.ts";
import { resourceList } from "../pod-resources.ts";

const isClaim = (request: AdmissionRequest): boolean => isFor(request, "", "persistentvolumeclaims");

/** The newest of the objects that are marked as default; of equally old ones the first by name. */
function newestDefault(all: readonly JsonObject[], marks: readonly string[]): JsonObject | undefined {
  const age = (object: JsonObject): string => text(object, "metadata", "creationTimestamp");
  return all
    .filter((one) => marks.some((mark) => annotation(one, mark) === "true"))
    .toSorted((a, b) => (age(a) === age(b) ? (nameOf(a) < nameOf(b) ? -1 : 1) : age(a) > age(b) ? -1 : 1))[0];
}

export function defaultStorageClass(context: AdmissionContext): AdmissionPlugin {
  const marks = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
  return {
    name: "DefaultStorageClass",
    handles: (request) => request.operation === "CREATE" && isClaim(request),
    mutate: ({ object }) => {
      if (annotation(object, "volume.beta.kubernetes.io/storage-class") !== undefined) return object!;
      if (field(object, "spec", "storageClassName") !== undefined) return object!;
      const found = newestDefault(context.list("storageclasses.storage.k8s.io"), marks);
      return found === undefined ? object! : withField(object!, ["spec", "storageClassName"], nameOf(found));
    },
  };
}

export function defaultIngressClass(context: AdmissionContext): AdmissionPlugin {
  return {
    name: "DefaultIngressClass",
    handles: (request) => request.operation === "CREATE" && isFor(request, "networking.k8s.io", "ingresses"),
    mutate: ({ object }) => {
      if (field(object, "spec", "ingressClassName") !== undefined) return object!;
      if (annotation(object, "kubernetes.io/ingress.class") !== undefined) return object!;
      const mark = "ingressclass.kubernetes.io/is-default-class";
      const found = newestDefault(context.list("ingressclasses.networking.k8s.io"), [mark]);
      return found === undefined ? object! : withField(object!, ["spec", "ingressClassName"], nameOf(found));
    },
  };
}

const protections: Readonly<Record<string, string>> = {
  persistentvolumeclaims: "kubernetes.io/pvc-protection",
  persistentvolumes: "kubernetes.io/pv-protection",
  "volumeattributesclasses.storage.k8s.io": "kubernetes.io/vac-protection",
};

const protectionOf = ({ resource }: AdmissionRequest): string | undefined =>
  protections[resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`];

/** Claims, volumes and their attribute classes stay while something uses them. */
export function storageObjectInUseProtection(): AdmissionPlugin {
  return {
    name: "StorageObjectInUseProtection",
    handles: (request) =>
      request.operation === "CREATE" && request.subresource === "" && protectionOf(request) !== undefined,
    mutate: (request) => {
      const finalizer = protectionOf(request)!;
      const object = request.object!;
      if (texts(object, "metadata", "finalizers").includes(finalizer)) return object;
      return added(object, ["metadata", "finalizers"], [finalizer]);
    },
  };
}

/** A claim grows only while it is bound, and if its class can do that. */
export function persistentVolumeClaimResize(context: AdmissionContext): AdmissionPlugin {
  const classOf = (claim: JsonObject | undefined): string =>
    annotation(claim, "volume.beta.kubernetes.io/storage-class") ?? text(claim, "spec", "storageClassName");
  return {
    name: "PersistentVolumeClaimResize",
    handles: (request) => request.operation === "UPDATE" && isClaim(request),
    validate: (request) => {
      const size = (claim: JsonObject | undefined) =>
        resourceList(field(claim, "spec", "resources", "requests")).get("storage");
      const [before, now] = [size(request.old), size(request.object)];
      if (now === undefined || (before !== undefined && compareQuantities(now, before) <= 0)) return;
      if (text(request.old, "status", "phase") !== "Bound")
        throw refuse(request, "Only bound persistent volume claims can be expanded");
      const name = classOf(request.object);
      const mayGrow =
        name !== "" &&
        name === classOf(request.old) &&
        context.get("storageclasses.storage.k8s.io", "", name)?.["allowVolumeExpansion"] === true;
      if (!mayGrow)
        throw refuse(
          request,
          "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
        );
    },
  };
}
