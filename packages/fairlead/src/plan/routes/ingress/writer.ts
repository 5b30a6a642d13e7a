import type { RouteWriter } from "../model.ts";
import { grpc } from "./grpc.ts";
import { http } from "./http.ts";
import { tcp } from "./tcp.ts";
import { udp } from "./udp.ts";

/** networking.k8s.io/v1 Ingress: https://kubernetes.io/docs/concepts/services-networking/ingress/ */
export const ingressWriter: RouteWriter = { http, grpc, tcp, udp };
