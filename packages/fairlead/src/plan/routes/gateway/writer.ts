import type { RouteWriter } from "../model.ts";
import { grpc } from "./grpc.ts";
import { http } from "./http.ts";
import { tcp } from "./tcp.ts";
import { udp } from "./udp.ts";

/** The Gateway API: https://gateway-api.sigs.k8s.io/reference/spec/ */
export const gatewayWriter: RouteWriter = { http, grpc, tcp, udp };
