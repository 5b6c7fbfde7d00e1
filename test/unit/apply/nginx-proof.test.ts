import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { probeGeneration } from "../../../agent/apply/nginx-probe.ts";
import { proveReload } from "../../../agent/apply/nginx-proof.ts";
import { fakeClock } from "../agent/fake-clock.ts";
import { fileAt } from "./folder.ts";

const file = fileAt("/etc/x.conf", "x");
const forever = new AbortController().signal;

/** Asks a proxy that gives these answers, the last one for ever. */
function prove(answers: readonly (string | undefined)[], changes: Partial<Parameters<typeof proveReload>[1]> = {}) {
  const clock = fakeClock();
  const asked = { count: 0 };
  const probe = async () => {
    asked.count += 1;
    return answers[Math.min(asked.count, answers.length) - 1];
  };
  const statusAddress = { host: "127.0.0.1", port: 1 };
  const options = {
    file,
    statusAddress,
    master: undefined,
    before: undefined,
    withinMs: 100,
    signal: forever,
    ...changes,
  };
  return { clock, asked, done: proveReload({ probe, clock }, options) };
}

describe("the proof", () => {
  test("is the new generation, as soon as it is served", async () => {
    const { clock, asked, done } = prove([undefined, "0000000000000000", file.generation]);
    await clock.advance(50);
    assert.equal(await done, "generation");
    assert.equal(asked.count, 3);
  });

  test("is none if it does not come in time", async () => {
    const { clock, done } = prove(["0000000000000000"]);
    await clock.advance(100);
    assert.equal(await done, undefined);
  });

  test("is not waited for once nginx has ended", async () => {
    const { asked, done } = prove(["0000000000000000"], { ended: async () => true });
    assert.deepEqual([await done, asked.count], [undefined, 1]);
  });

  test("of a file that carries none is not the word of the status address", async () => {
    const { clock, asked, done } = prove([file.generation], { file: { ...file, carriesGeneration: false } });
    await clock.advance(100);
    assert.deepEqual([await done, asked.count], [undefined, 0]);
  });

  test("is not waited for after a stop", async () => {
    const stop = new AbortController();
    const { clock, done } = prove([undefined], { signal: stop.signal });
    await clock.asleep();
    stop.abort();
    await assert.rejects(done, { name: "AbortError" });
  });
});

describe("the probe", () => {
  const answers: readonly (readonly [string, number, string, string | undefined])[] = [
    ["a generation", 200, "0123456789abcdef", "0123456789abcdef"],
    ["another text", 200, "hello", undefined],
    ["a generation with an error", 500, "0123456789abcdef", undefined],
    ["an endless text", 200, "0".repeat(1_000_000), undefined],
  ];
  for (const [what, status, text, expected] of answers) {
    test(`${what} is ${expected === undefined ? "no answer" : "an answer"}`, async (t) => {
      const server = createServer((request, response) =>
        response.writeHead(request.url === "/_gateway/generation" ? status : 404).end(text),
      );
      const { promise, resolve } = Promise.withResolvers<void>();
      server.listen(0, "127.0.0.1", resolve);
      await promise;
      t.after(() => server.close());
      const { port } = server.address() as AddressInfo;
      assert.equal(await probeGeneration({ host: "127.0.0.1", port }, forever), expected);
    });
  }

  test("of nobody has no answer, and neither has one that was stopped", async () => {
    const server = createServer();
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    const { port } = server.address() as AddressInfo;
    assert.equal(await probeGeneration({ host: "127.0.0.1", port }, AbortSignal.abort()), undefined);
    server.close();
    assert.equal(await probeGeneration({ host: "127.0.0.1", port }, forever), undefined);
  });
});
