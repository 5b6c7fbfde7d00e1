import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Pool } from "undici";
import { startCluster } from "../fake/drove-cluster.ts";
import { exposedHost, manyApps } from "../fake/exposed-app.ts";
import { type Figure, median } from "./figures.ts";
import { makeFolder, makeLayout, startAgent, stopChild, until } from "./processes.ts";

const rounds = 15;
const base = manyApps(1000, { hostsPerApp: 10 });
const parameters = { max_fails: 0, fail_timeout: "1s", slow_start: "0s" };

/** A server as the API lists it. */
interface Listed {
  readonly id: number;
  readonly server: string;
}

/**
 * One server comes and one goes in each of 500 of 1000 upstreams: from the controller's answer until NGINX Plus (the
 * simulator, in a process of its own) has all in place. The floor is a simulator of its own and a bare script that knows
 * all calls and ids beforehand and makes just these calls, as many at once, over connections that are kept.
 */
export async function benchNginxPlus(): Promise<readonly Figure[]> {
  const folder = makeFolder();
  const [plus, other] = [await startPlus(folder.path), await startPlus(folder.path)];
  const cluster = await startCluster({ apps: appsAt(0) });
  const log = join(folder.path, "agent.log");
  const extra = [
    `nginxplusapiaddr = "${plus.address}"`,
    "nginx_reload_disabled = true",
    "event_refresh_interval_sec = 0.2",
  ];
  const layout = await makeLayout(folder.path, {
    controllers: cluster.urls,
    nginx: "/bin/true",
    extra: extra.join("\n"),
  });
  const agent = startAgent(layout, { log });
  const applied = () => readFileSync(log, "utf8").split('"msg":"applied"').length - 1;
  const api = (path: string) => fetch(`http://127.0.0.1:${layout.apiPort}${path}`);
  const calls = async () => {
    const text = await (await api("/v1/metrics")).text();
    const found = text.matchAll(
      /^drove_gateway_nginx_api_calls_successful_total\{operation="(?:list|parameters)"\} (\d+)/gm,
    );
    return [...found].reduce((sum, [, count]) => sum + Number(count), 0);
  };
  const seen = { ours: [] as number[], calls: [] as number[], asking: [] as number[] };
  try {
    await until(() => isInPlace(plus, 0), { what: "the first servers", withinMs: 300_000, everyMs: 500 });
    await fill(other);
    for (let turn = 1; turn <= rounds; turn++) {
      const before = applied();
      const { number = 0 } = cluster.requests().at(-1) ?? {};
      cluster.apps.replace(appsAt(turn));
      await cluster.waitFor(
        (all) => all.some((one) => one.number > number && one.call === "endpoints" && one.status === 200),
        { deadlineMs: 60_000 },
      );
      const begun = monotonic();
      await until(() => applied() > before, { what: "applied", withinMs: 60_000 });
      seen.ours.push((await plus.changedAt()) - begun);
      if (!(await isInPlace(plus, turn))) throw new Error(`not all in place after the last one in turn ${turn}`);
      const asked = monotonic();
      await list(other);
      const listed = monotonic();
      await change(other, turn);
      const ended = await other.changedAt();
      seen.calls.push(ended - listed);
      seen.asking.push(ended - asked);
    }
    const [ours, bare] = [median(seen.ours), median(seen.calls)];
    console.log(`  (with one list of all before the calls: ${median(seen.asking).toFixed(1)} ms)`);
    return [
      {
        name: "answer to 500 servers added and 500 removed, 1000 × 10",
        unit: "ms",
        ours,
        floor: bare,
        limit: 1.5,
        sense: "at-most",
      },
      {
        name: "lists asked for in a look without a change, 1000 upstreams",
        unit: "calls",
        ours: await listsWithoutChange(calls, api),
        floor: undefined,
        limit: 1000,
        sense: "at-most",
      },
    ];
  } finally {
    await stopChild(agent);
    await Promise.all([plus.stop(), other.stop(), cluster.stop()]);
    if (process.env["BENCH_KEEP"]) console.log(readFileSync(log, "utf8"));
    folder.dispose();
  }
}

async function listsWithoutChange(
  calls: () => Promise<number>,
  api: (path: string) => Promise<Response>,
): Promise<number> {
  const cycle = async () => ((await (await api("/v1/config")).json()) as { lastCycle?: { at: string } }).lastCycle?.at;
  const [before, at] = [await calls(), await cycle()];
  await api("/v1/reload");
  await until(async () => (await cycle()) !== at, { what: "the loop has turned", withinMs: 60_000 });
  return (await calls()) - before;
}

/** In ms, of the clock that the simulators have as well. */
function monotonic(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** A simulator of 1000 upstreams without servers, and a bare client of its API. */
async function startPlus(folder: string) {
  const config = join(folder, "upstreams.conf");
  writeFileSync(config, base.map(({ vhost }) => `upstream gw_${vhost} { zone z 64m; }\n`).join(""));
  const program = join(import.meta.dirname, "..", "fake", "serve-plus.ts");
  const child: ChildProcess = spawn(process.execPath, [program, "--config", config], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = child.stdout === null ? [""] : await once(child.stdout, "data");
  const { address } = JSON.parse(String(line)) as { readonly address: string };
  const pool = new Pool(`http://${address}`, { connections: 8, pipelining: 1 });
  return {
    address,
    ids: new Map<string, number>(),
    /** It says so itself: whoever asked its API again and again would take a part of its time, or wait for his turn. */
    async changedAt(): Promise<number> {
      child.kill("SIGUSR2");
      const [said] = child.stdout === null ? [""] : await once(child.stdout, "data");
      return (JSON.parse(String(said)) as { readonly changedAt: number }).changedAt;
    },
    async call(method: "GET" | "POST" | "DELETE", path: string, body?: object): Promise<unknown> {
      const answer = await pool.request({ method, path: `/api/9/http/upstreams${path}`, ...jsonOf(body) });
      if (answer.statusCode > 201) throw new Error(`${method} ${path}: ${answer.statusCode}`);
      return await answer.body.json();
    },
    async stop() {
      await pool.destroy();
      await stopChild(child);
    },
  };
}

type Plus = Awaited<ReturnType<typeof startPlus>>;

function jsonOf(body: object | undefined) {
  return body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
}

async function list(plus: Plus): Promise<Readonly<Record<string, { readonly peers: readonly Listed[] }>>> {
  return (await plus.call("GET", "?fields=peers")) as Record<string, { readonly peers: readonly Listed[] }>;
}

/** Eight at a time, as the agent makes its calls. */
async function forEachApp(work: (app: number) => Promise<void>, { step }: { readonly step: number }): Promise<void> {
  const left = base.map((_, index) => index).filter((index) => index % step === 0);
  const worker = async () => {
    for (let app = left.shift(); app !== undefined; app = left.shift()) await work(app);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

async function add(plus: Plus, app: number, generation: number): Promise<void> {
  const server = serverAt(app, generation);
  const { id } = (await plus.call("POST", `/${upstreamOf(app)}/servers`, { server, ...parameters })) as Listed;
  plus.ids.set(`${app} ${generation}`, id);
}

async function fill(plus: Plus): Promise<void> {
  await forEachApp(
    async (app) => {
      for (let instance = 0; instance < 10; instance++) await add(plus, app, instance);
    },
    { step: 1 },
  );
}

async function change(plus: Plus, turn: number): Promise<void> {
  await forEachApp(
    async (app) => {
      await add(plus, app, turn + 9);
      await plus.call("DELETE", `/${upstreamOf(app)}/servers/${plus.ids.get(`${app} ${turn - 1}`)}`);
    },
    { step: 2 },
  );
}

/** Every second app loses its oldest instance and gets a new one. */
function appsAt(turn: number) {
  return base.map((app, index) => ({ ...app, hosts: hostsAt(index, index % 2 === 1 ? 0 : turn) }));
}

function hostsAt(app: number, turn: number) {
  return Array.from({ length: 10 }, (_, instance) =>
    exposedHost(20_000 + turn + instance, { host: `10.99.${app >> 8}.${app & 255}` }),
  );
}

function serverAt(app: number, generation: number): string {
  return `10.99.${app >> 8}.${app & 255}:${20_000 + generation}`;
}

function upstreamOf(app: number): string {
  return `gw_${base[app]?.vhost}`;
}

function wantedOf(app: number, turn: number): string {
  const first = app % 2 === 1 ? 0 : turn;
  return Array.from({ length: 10 }, (_, instance) => serverAt(app, first + instance)).join();
}

function shown(servers: readonly Listed[]): string {
  return servers
    .map((one) => one.server)
    .sort()
    .join();
}

async function isInPlace(plus: Plus, turn: number): Promise<boolean> {
  const all = await list(plus);
  return base.every((_, app) => shown(all[upstreamOf(app)]?.peers ?? []) === wantedOf(app, turn));
}
