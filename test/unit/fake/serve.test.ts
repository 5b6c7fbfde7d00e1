import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, afterEach, test } from "node:test";
import { type ExposedApp, exposedApp, exposedHost } from "../../fake/exposed-app.ts";
import { createClient } from "./ask.ts";

const dir = mkdtempSync(join(tmpdir(), "drove-serve-"));
const file = join(dir, "endpoints.json");
const serve = join(import.meta.dirname, "../../fake/serve.ts");
const first = exposedApp({ name: "a", hosts: [exposedHost(1)] });
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});
after(() => rmSync(dir, { recursive: true }));

interface Announcement {
  readonly controllers: readonly string[];
  readonly control: string;
  readonly pid: number;
}

async function started(apps: unknown, flags: readonly string[] = []) {
  writeFileSync(file, JSON.stringify(apps));
  const child = spawn(process.execPath, [serve, "--endpoints", file, ...flags], { stdio: ["ignore", "pipe", "pipe"] });
  cleanups.unshift(() => ended(child));
  const [line] = await once(createInterface(child.stdout), "line", { signal: AbortSignal.timeout(20_000) });
  const { controllers, control, pid }: Announcement = JSON.parse(line);
  const ca = flags.includes("--tls-ca") ? readFileSync(join(dir, "ca.pem"), "utf8") : undefined;
  const client = createClient({ ca });
  cleanups.unshift(client.close);
  const get = async (path: string, index = 0) =>
    client.ask(`${controllers[index]}${path}`, { authorization: `Basic ${Buffer.from("u:p").toString("base64")}` });
  return { child, controllers, control, pid, client, get };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  await exit;
}

test("it serves a file, reads it again on SIGHUP, keeps the old one if it is bad, and ends on SIGTERM", async () => {
  const { child, get, pid, client, controllers } = await started([first], ["--user", "u", "--pass", "p"]);
  assert.equal(pid, child.pid);
  assert.deepEqual((await get("/apis/v1/endpoints")).json().data, [first]);
  assert.equal((await client.ask(`${controllers[0]}/apis/v1/ping`)).status, 401);
  const stderr = createInterface(child.stderr);
  const complaint = once(stderr, "line");
  writeFileSync(file, "[{");
  child.kill("SIGHUP");
  assert.match(String((await complaint)[0]), /endpoints\.json: .*JSON/);
  assert.deepEqual((await get("/apis/v1/endpoints")).json().data, [first]);
  const second = exposedApp({ name: "b" });
  writeFileSync(file, JSON.stringify({ status: "SUCCESS", data: [first, second] }));
  child.kill("SIGHUP");
  const names = await eventually(
    async () => (await get("/apis/v1/endpoints")).json().data as ExposedApp[],
    (apps) => apps.length === 2,
  );
  assert.deepEqual(names, [first, second]);
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  assert.deepEqual(await exit, [0, null]);
});

test("the control port replaces apps with events, elects leaders, sets faults and tells requests", async () => {
  const { get, control, client } = await started({ status: "SUCCESS", data: [first] }, ["--port", "0", "--port", "0"]);
  const order = async (method: string, what: string, body?: unknown) =>
    client.ask(`${control}/_control/${what}`, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const second = exposedApp({ name: "b", vhost: "a b; }" });
  const moved = { ...first, hosts: [exposedHost(2)] };
  assert.equal((await order("PUT", "endpoints", [second, moved])).status, 200);
  assert.deepEqual((await get("/apis/v1/endpoints")).json().data, [moved, second]);
  const { eventsCount } = (await get("/apis/v1/cluster/events/summary?lastSyncTime=0")).json().data as never;
  assert.deepEqual(eventsCount, { APP_STATE_CHANGE: 1, INSTANCE_STATE_CHANGE: 1 });
  await order("PUT", "leaders", [1]);
  assert.deepEqual([(await get("/apis/v1/ping")).status, (await get("/apis/v1/ping", 1)).status], [400, 200]);
  await order("POST", "faults", { controller: 1, fault: { kind: "status", code: 503 }, scope: { times: 1 } });
  assert.deepEqual([(await get("/apis/v1/ping", 1)).status, (await get("/apis/v1/ping", 1)).status], [503, 200]);
  const requests = JSON.parse((await order("GET", "requests")).text);
  assert.equal(requests.at(-1).controller, 1);
  assert.equal((await order("PUT", "endpoints", [{}])).status, 400);
  assert.equal((await order("PUT", "nothing")).status, 404);
  assert.deepEqual((await get("/apis/v1/endpoints", 1)).json().data, [moved, second]);
});

test("with --tls-ca it speaks HTTPS and hands out the authority", async () => {
  const { controllers, get } = await started([first], ["--tls-ca", join(dir, "ca.pem"), "--tls-host", "127.0.0.1"]);
  assert.match(controllers[0] ?? "", /^https:/);
  assert.equal((await get("/apis/v1/ping")).status, 200);
});

/** Asks until the answer is as wanted, at most 5 s; the answer then. */
async function eventually<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  const end = performance.now() + 5000;
  for (;;) {
    const answer = await ask();
    if (isSo(answer) || performance.now() > end) return answer;
  }
}
