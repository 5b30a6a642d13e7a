import type { RouteWriter } from "../model.ts";
import { grpc } from "./grpc.ts";
import { http } from "./http.ts";
import { tcp } from "./tcp.ts";
import { udp } from "./udp.ts";

/** Traefik's own resources: https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/crd/http/ingressroute/ */
export const traefikWriter: RouteWriter = { http, grpc, tcp, udp };
