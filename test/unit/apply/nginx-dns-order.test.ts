import assert from "node:assert/strict";
import { test } from "node:test";
import { createNginxDnsDriver } from "../../../agent/apply/nginx-dns.ts";
import { systemClock } from "../../../agent/clock.ts";
import type { Plan, ProxyDriver } from "../../../agent/model.ts";
import { type Seed, seedMark } from "../../../agent/seeds.ts";
import { fileAt } from "./folder.ts";

const { signal } = new AbortController();
const name = "gw_shop.test.gateway.internal";

/** A file whose upstream has these instances. */
function fileWith(...addresses: string[]) {
  const seeds = addresses.map((address) => `server ${address}:80; ${seedMark}\n`);
  return fileAt("/etc/nginx.conf", `server ${name} service=http resolve;\n${seeds.join("")}`);
}

/** The plan for an instance that joins another one. */
function joining(changes: Partial<Plan>): Plan {
  const [host, address] = ["10.0.0.2", "10.0.0.2"];
  const server = { name: "10.0.0.2:80", host, address, port: 80, portType: "http", attributes: "" };
  return {
    kind: "runtime",
    file: fileWith("10.0.0.1", "10.0.0.2"),
    reasons: [],
    steps: [{ kind: "add", backend: "gw_shop.test", server }],
    check: "implied",
    writes: true,
    missingBackends: [],
    ...changes,
  };
}

/** A driver whose nginx asks at once, and writes its file by `write`. */
function driverWith(write: (text: string) => void) {
  const told: string[][] = [];
  const nginx: ProxyDriver = {
    name: "nginx",
    observe: async () => assert.fail("not asked for"),
    check: async () => undefined,
    async apply({ file }) {
      write(file.text);
      return { generation: file.generation, proof: "not-running", tookMs: { check: 0, reload: 0 }, failed: [] };
    },
    run: async () => undefined,
  };
  const driver = createNginxDnsDriver({
    settings: () => ({
      use: "if-possible",
      address: { host: "127.0.0.1", port: 6053 },
      unavailable: { host: "127.0.0.1", port: 6001 },
      obstacle: undefined,
      warmUpMs: 0,
    }),
    nginx,
    responder: {
      listen: async () => undefined,
      tell: (zone) => void told.push((zone.get(name) ?? []).map(({ address }: Seed) => address)),
      asked: () => 1,
      forget: () => undefined,
      close: async () => undefined,
    },
    clock: systemClock(),
    onChange: () => undefined,
  });
  return { driver, told };
}

test("nginx is told nothing that could not be written", async () => {
  const { driver, told } = driverWith(() => {
    throw new Error("no space left");
  });
  await assert.rejects(driver.apply(joining({}), signal), /no space left/);
  assert.deepEqual(told, []);
});

test("members change while the rest of the file waits", async () => {
  const texts: string[] = [];
  const { driver, told } = driverWith((text) => void texts.push(text));
  const { failed } = await driver.apply(joining({ file: fileWith("10.0.0.1"), writes: false }), signal);
  assert.deepEqual(
    { failed, told, texts },
    {
      failed: [],
      told: [["10.0.0.1", "10.0.0.2"]],
      texts: [fileWith("10.0.0.1", "10.0.0.2").text],
    },
  );
});

test("members that were told ahead get into the file that waits", async () => {
  const texts: string[] = [];
  const { driver } = driverWith((text) => void texts.push(text));
  const { steps } = joining({});
  const plan = joining({ file: fileWith("10.0.0.1"), writes: false, steps: [], taken: steps });
  const { failed } = await driver.apply(plan, signal);
  assert.deepEqual({ failed, texts }, { failed: [], texts: [fileWith("10.0.0.1", "10.0.0.2").text] });
});
