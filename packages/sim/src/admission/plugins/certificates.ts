import { equal, type JsonValue } from "@fairlead/apimachinery";
import type { Authorizer } from "../../authz/authorizer.ts";
import type { AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import { field, isFor, refuse, text } from "../objects.ts";
import { readSubject } from "./read-subject.ts";

const isRequest = (request: AdmissionRequest, subresource: string): boolean =>
  isFor(request, "certificates.k8s.io", "certificatesigningrequests", subresource);

/** May the user do this with requests of the signer: by its name, or with all of its domain. */
function mayUse(authorizer: Authorizer, request: AdmissionRequest, verb: string, signer: string): boolean {
  return [signer, `${signer.split("/")[0]!}/*`].some(
    (name) =>
      authorizer.decide({
        kind: "resource",
        user: request.user,
        verb,
        group: "certificates.k8s.io",
        version: "*",
        resource: "signers",
        subresource: "",
        namespace: "",
        name,
      }).allowed,
  );
}

function needSigner(authorizer: Authorizer, request: AdmissionRequest, verb: "approve" | "sign"): void {
  const signer = text(request.old, "spec", "signerName");
  if (!mayUse(authorizer, request, verb, signer))
    throw refuse(request, `user not permitted to ${verb} requests with signerName ${JSON.stringify(signer)}`);
}

export function certificateApproval(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: "CertificateApproval",
    handles: (request) => request.operation === "UPDATE" && isRequest(request, "approval"),
    validate: (request) => needSigner(authorizer, request, "approve"),
  };
}

export function certificateSigning(authorizer: Authorizer): AdmissionPlugin {
  const sameStatus = (request: AdmissionRequest, key: string, none: JsonValue): boolean =>
    equal(field(request.old, "status", key) ?? none, field(request.object, "status", key) ?? none);
  return {
    name: "CertificateSigning",
    handles: (request) => request.operation === "UPDATE" && isRequest(request, "status"),
    validate: (request) => {
      if (sameStatus(request, "certificate", "") && sameStatus(request, "conditions", [])) return;
      needSigner(authorizer, request, "sign");
    },
  };
}

/** Nobody becomes `system:masters` by a certificate for clients of the API server. */
export function certificateSubjectRestriction(): AdmissionPlugin {
  const signer = "kubernetes.io/kube-apiserver-client";
  return {
    name: "CertificateSubjectRestriction",
    handles: (request) => request.operation === "CREATE" && isRequest(request, ""),
    validate: (request) => {
      if (text(request.object, "spec", "signerName") !== signer) return;
      const subject = readSubject(Buffer.from(text(request.object, "spec", "request"), "base64").toString("utf8"));
      if (subject === undefined)
        throw refuse(request, "failed to parse CSR: PEM block type must be CERTIFICATE REQUEST");
      if (subject.organizations.includes("system:masters"))
        throw refuse(request, `use of ${signer} signer with system:masters group is not allowed`);
    },
  };
}
