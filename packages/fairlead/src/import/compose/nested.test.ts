import assert from "node:assert/strict";
import { test } from "node:test";
import { importCompose } from "./compose.ts";

test("every nested field that is not carried is reported at its place", () => {
  const text = `
services:
  web:
    image: web:1
    ports:
      - {target: 80, mode: host, host_ip: 127.0.0.1}
    volumes:
      - {type: volume, source: data, target: /data, consistency: cached, volume: {nocopy: true}}
      - {type: tmpfs, target: /t, tmpfs: {mode: 448}}
    configs:
      - {source: conf, uid: "5"}
    tmpfs: /x:mode=1777,size=1m,noexec
    healthcheck: {test: [CMD, a], intervall: 5s}
    deploy:
      restart_policy: {condition: any, delay: 5s}
    networks: [front]
volumes:
  data: {labels: [a=b]}
configs:
  conf: {content: x, template_driver: golang}
networks:
  front: {internal: true}
`;
  const { findings } = importCompose(text, { file: "compose.yaml" });
  const told = findings
    .filter(({ code }) => ["FL554", "FL555", "FL563"].includes(code))
    .map(({ code, line }) => `${code}:${line}`);
  assert.deepEqual(told.sort(), [
    "FL554:11",
    "FL554:12",
    "FL554:20",
    "FL554:9",
    "FL555:15",
    "FL555:18",
    "FL555:21",
    "FL555:6",
    "FL555:6",
    "FL555:8",
    "FL555:8",
    "FL563:13",
  ]);
});
