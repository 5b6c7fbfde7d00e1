import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startApp } from "../fake/demo-app.ts";
import { startCluster } from "../fake/drove-cluster.ts";
import { exposedApp, manyApps } from "../fake/exposed-app.ts";
import { ask } from "./ask.ts";
import { type Figure, median } from "./figures.ts";
import {
  type Layout,
  makeFolder,
  makeLayout,
  startAgent,
  startNginx,
  stopChild,
  stopNginx,
  until,
} from "./processes.ts";

const rounds: Readonly<Record<number, number>> = { 10: 15, 1000: 9, 5000: 5 };

/**
 * From the controller's answer that carries a change to the first response of the new instance. The floor is what
 * nginx itself needs: a bare script that writes the same change into a copy of the same file, runs `nginx -t`, and
 * signals the master of an nginx of its own. Rounds of both alternate.
 */
export async function benchConvergence(nginx: string, vhosts: number): Promise<readonly Figure[]> {
  const folder = makeFolder();
  const instances = await Promise.all(
    ["blue", "green"].map((instance) => startApp({ appId: "probe-1", version: "1", instance })),
  );
  const cluster = await startCluster({ apps: manyApps(vhosts - 1, { hostsPerApp: 10 }) });
  const layout = await makeLayout(folder.path, {
    controllers: cluster.urls,
    nginx,
    extra: "event_refresh_interval_sec = 0.2",
  });
  const hostOf = (turn: number) => instances[turn % 2]?.endpoint ?? { host: "127.0.0.1", port: 1, portType: "HTTP" };
  const nameOf = (turn: number) => ["blue", "green"][turn % 2] ?? "";
  cluster.apps.add(exposedApp({ name: "probe", hosts: [hostOf(0)] }));
  const agent = startAgent(layout, { log: join(folder.path, "agent.log") });
  try {
    await until(() => applied(folder.path), { what: "first configuration", withinMs: 60_000 });
    startNginx(nginx, layout.configFile);
    await until(async () => (await ask(layout.proxyPort, "probe.test")) === nameOf(0), {
      what: "first response",
      withinMs: 60_000,
    });
    const floor = await makeFloor(layout, nginx);
    const ours: number[] = [];
    const bare: number[] = [];
    for (let turn = 1; turn <= (rounds[vhosts] ?? 5); turn++) {
      ours.push(await agentRound());
      bare.push(await floor.round(hostOf(turn), nameOf(turn)));
      async function agentRound(): Promise<number> {
        const { number = 0 } = cluster.requests().at(-1) ?? {};
        cluster.apps.replace(
          cluster.apps.list().map((app) => (app.appName === "probe" ? { ...app, hosts: [hostOf(turn)] } : app)),
        );
        await cluster.waitFor(
          (seen) => seen.some((one) => one.number > number && one.call === "endpoints" && one.status === 200),
          { deadlineMs: 60_000 },
        );
        const begun = performance.now();
        await until(async () => (await ask(layout.proxyPort, "probe.test")) === nameOf(turn), {
          what: "the new instance",
          withinMs: 60_000,
        });
        const took = performance.now() - begun;
        await until(() => settled(layout), { what: "apply has ended", withinMs: 60_000 });
        return took;
      }
    }
    await floor.stop();
    return [
      {
        name: `answer to first response of the new instance, ${vhosts} × 10`,
        unit: "ms",
        ours: median(ours),
        floor: median(bare),
        limit: 1.3,
        sense: "at-most",
      },
    ];
  } finally {
    await stopChild(agent);
    await stopNginx(layout.pidFile);
    await cluster.stop();
    await Promise.all(instances.map((instance) => instance.stop()));
    if (process.env["BENCH_KEEP"]) console.log(readFileSync(join(folder.path, "agent.log"), "utf8"));
    folder.dispose();
  }
}

function applied(folder: string): boolean {
  try {
    return readFileSync(join(folder, "agent.log"), "utf8").includes('"msg":"applied"');
  } catch {
    return false;
  }
}

/** Applying ends with the removal of the former file. */
function settled(layout: Layout): boolean {
  try {
    readFileSync(join(layout.folder, ".nginx.conf.previous"));
    return false;
  } catch {
    return true;
  }
}

async function makeFloor(layout: Layout, nginx: string) {
  const folder = makeFolder();
  const own = await makeLayout(folder.path, { controllers: [], nginx });
  const base = readFileSync(layout.configFile, "utf8")
    .replaceAll(layout.folder, folder.path)
    .replaceAll(String(layout.proxyPort), String(own.proxyPort))
    .replaceAll(`:${layout.statusPort}`, `:${own.statusPort}`);
  writeFileSync(own.configFile, base);
  startNginx(nginx, own.configFile);
  await until(async () => (await ask(own.proxyPort, "probe.test")) !== undefined, {
    what: "the floor's nginx",
    withinMs: 60_000,
  });
  return {
    async round(host: { readonly host: string; readonly port: number }, name: string): Promise<number> {
      const server = `upstream gw_probe.test {\n    random two least_conn;\n    server ${host.host}:${host.port}`;
      const text = base.replace(/upstream gw_probe\.test \{\n {4}random two least_conn;\n {4}server [^ ]+/, server);
      const begun = performance.now();
      writeFileSync(own.configFile, text);
      execFileSync(nginx, ["-t", "-c", own.configFile], { stdio: "ignore" });
      process.kill(Number(readFileSync(own.pidFile, "utf8")), "SIGHUP");
      await until(async () => (await ask(own.proxyPort, "probe.test")) === name, {
        what: "the new instance (floor)",
        withinMs: 60_000,
      });
      return performance.now() - begun;
    },
    async stop(): Promise<void> {
      await stopNginx(own.pidFile);
      folder.dispose();
    },
  };
}
