export { checkMessage, readNumber } from "./check-message.ts";
export { decodeMessage, decodeProtobuf } from "./decode-protobuf.ts";
export { messagePlans, type MessagePlan } from "./message-plan.ts";
export { protobufMessages, protobufRelease, type Field, type Message, type Messages } from "./messages.ts";
export { protobufSize } from "./size-of.ts";
export { WireProblem, type Cursor } from "./wire.ts";
