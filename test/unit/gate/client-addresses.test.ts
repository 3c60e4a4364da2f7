import { expect, test } from "vitest";
import { clientAddresses } from "../../../runtime/gate/peers/client-addresses.ts";

const listen = { host: "192.0.2.7", port: 7_350 };
const tls = { certificates: [] };

test("clients of other gates are sent to the address of the port, by the schemes that it speaks", () => {
  const plain = { tcpAddress: "tcp://192.0.2.7:7350", webSocketAddress: "ws://192.0.2.7:7350" };
  expect(clientAddresses({}, listen, {})).toEqual(plain);
  const encrypted = { tcpAddress: "tls://192.0.2.7:7350", webSocketAddress: "wss://192.0.2.7:7350" };
  expect(clientAddresses({}, listen, { tls })).toEqual(encrypted);
});

test("a port behind proxies, or on every network, has no address but that of its options", () => {
  const none = { tcpAddress: "", webSocketAddress: "" };
  expect(clientAddresses({}, listen, { tls, proxy: "v2" })).toEqual(none);
  expect(clientAddresses({}, listen, { forwarded: "x-forwarded-for" })).toEqual(none);
  expect(clientAddresses({}, { host: "::", port: 1 }, { tls })).toEqual(none);
  const tcp = "tls://gate-2.example:7350";
  expect(clientAddresses({ tcp }, listen, { tls, proxy: "v2" })).toEqual({ ...none, tcpAddress: tcp });
});
