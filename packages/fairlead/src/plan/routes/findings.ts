import { defineFindings } from "@fairlead/krm";

/** What can be wrong with Routes: FL300 to FL349. */
export const routeFinding = defineFindings({
  FL300: {
    title: "A Route's App is not declared",
    severity: "error",
    explanation:
      "A Route sends requests to the Service of an App of its namespace, or to a Service that it names. An App that is not in the input may live elsewhere: then this is a warning, and the Service is taken to be named like it, with ports http and grpc. It is an error when a similar name is declared, or when neither an App nor a Service is named.",
    remedy: "Correct `app`, declare the App, or name a Service in `service`.",
  },
  FL301: {
    title: "A Route's port is not one of the Service's",
    severity: "error",
    explanation: "Requests to a port that no container has end in errors of the proxy.",
    remedy: "Name a port of the Service by number or name, or leave `port` out for the http port.",
  },
  FL302: {
    title: "A Route does not say which port",
    severity: "error",
    explanation: "The Service has several ports and none of them is the obvious one for this kind of traffic.",
    remedy: "Write `port` with the number or the name of the Service's port.",
  },
  FL303: {
    title: "A Route's host is not a host name",
    severity: "error",
    explanation: "Hosts are DNS names in lower case, at most with `*.` in front. Proxies match anything else never.",
    remedy: "Write the bare name: no scheme, no port, no path, and non-ASCII names in punycode.",
  },
  FL304: {
    title: "A Route's match is empty or cannot be read",
    severity: "error",
    explanation: "Traefik ignores a route whose rule it cannot read, and says so in its own log only.",
    remedy: "Correct the expression, or use `path`, `headers` and `methods` instead.",
  },
  FL305: {
    title: "A Route routes gRPC to an App without a gRPC port",
    severity: "error",
    explanation: "gRPC needs a port that speaks HTTP/2: the `grpc` shorthand of a container, or a port named grpc.",
    remedy: "Write `grpc: {port: …}` at the container, or the port in `grpc` of the Route.",
  },
  FL306: {
    title: "Two Routes claim the same host and path",
    severity: "error",
    explanation: "Which of them a proxy picks is an accident; the other never gets a request.",
    remedy: "Remove one of the rules, or tell them apart by path, header or method.",
  },
  FL307: {
    title: "Routes are written for different targets",
    severity: "warning",
    explanation:
      "Traefik's own routes, Gateway API routes and Ingresses side by side are hard to reason about, and their priorities do not compare.",
    remedy: "Set `routes.target` in the Environment and drop `target` from the Routes.",
  },
  FL308: {
    title: "The target has no equivalent",
    severity: "error",
    explanation: "The Route asks for something that the Gateway API, or an Ingress of this class, cannot express.",
    remedy: "Write the Route for traefik, or leave that part out.",
  },
  FL309: {
    title: "A Route routes nothing",
    severity: "error",
    explanation: "It has neither hosts nor routes, gRPC, TCP, UDP or a load balancer.",
    remedy: "Write at least `hosts`.",
  },
  FL310: {
    title: "A middleware does not say what it does",
    severity: "error",
    explanation: "Each item of `middlewares` is one thing: exactly one field beside `name`.",
    remedy: "Write one field; use several items for several things.",
  },
  FL311: {
    title: "TCP or UDP without an entry point",
    severity: "error",
    explanation: "Without one Traefik would take every connection of every entry point.",
    remedy: "Write `entryPoints` with the entry point that Traefik opens for this port.",
  },
  FL312: {
    title: "A Route's TLS settings contradict each other",
    severity: "error",
    explanation:
      "The certificate comes from one place: cert-manager, a Traefik resolver, or a Secret; and it needs host names.",
    remedy: "Keep one of `issuer`, `certResolver` and `secretName`.",
  },
  FL313: {
    title: "A Route's Gateway is not known",
    severity: "error",
    explanation: "Gateway API routes attach to a Gateway by name.",
    remedy: "Set `routes.gateway` (or `routes.internalGateway`) in the Environment, or `gateway` in the Route.",
  },
  FL314: {
    title: "An address range cannot be read",
    severity: "error",
    explanation: "Allow-lists and source ranges hold addresses or ranges such as 10.0.0.0/8.",
    remedy: "Write an IPv4 or IPv6 address, or a range with its prefix length.",
  },
  FL315: {
    title: "A Route uses a Service of another namespace",
    severity: "info",
    explanation:
      "Traefik needs allowCrossNamespace for that, the Gateway API a ReferenceGrant in the other namespace; an Ingress cannot do it.",
    remedy: "Put the Route into the namespace of the Service.",
  },
  FL316: {
    title: "The Gateway's listener has to know the certificate",
    severity: "info",
    explanation: "In the Gateway API TLS belongs to the listener; a Route cannot add a certificate to it.",
    remedy: "Name the certificate's Secret in the listener's tls.certificateRefs.",
  },
  FL317: {
    title: "A load balancer leaves parts of the Route out",
    severity: "warning",
    explanation: "A load balancer passes connections on; it knows no paths, middlewares or certificates.",
    remedy: "Leave them out, or use `expose: router`.",
  },
  FL318: {
    title: "An internal host is not known",
    severity: "error",
    explanation: "gRPC is routed on APP.INTERNAL-DOMAIN, and the Environment names no internal domain.",
    remedy: "Set `routes.internalDomain` in the Environment, or write `grpc: {hosts: […]}`.",
  },
  FL319: {
    title: "A Route names both an App and a Service",
    severity: "error",
    explanation: "Requests go to one of them; use `backends` with weights for several.",
    remedy: "Keep one.",
  },
  FL320: {
    title: "How to keep a load balancer internal is not known",
    severity: "warning",
    explanation: "Each cloud has an annotation of its own for it; without it the load balancer gets a public address.",
    remedy: "Write `loadBalancer.provider`, a class that is internal, or the annotations of your cloud.",
  },
  FL321: {
    title: "A load balancer for the VPN has no address ranges",
    severity: "error",
    explanation: "A load balancer knows no shared middleware; without ranges it would be open to everybody.",
    remedy: "Set `routes.vpnSourceRanges` in the Environment.",
  },
  FL322: {
    title: "Two TCP or UDP rules have one name",
    severity: "error",
    explanation: "Each becomes an object of its own, named after the Route and the rule's name or port.",
    remedy: "Give each its own `name`.",
  },
  FL323: {
    title: "A load balancer has one port twice",
    severity: "error",
    explanation: "Connections to a port can go to one place only, and the API server refuses such a Service.",
    remedy: "Give one of them another `publicPort`.",
  },
});
