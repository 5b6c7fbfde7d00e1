import { startApp } from "../fake/demo-app.ts";
import { exposedApp } from "../fake/exposed-app.ts";
import { openWebSocket } from "../real/support/websocket.ts";
import type { Figure } from "./figures.ts";
import { openNginxDnsBench } from "./nginx-dns.ts";

const changes = 200;
const connections = 10;
/** Well within the 120 s after which nginx closes a silent one. */
const echoEvery = 20;

/** WebSockets to one instance while another one comes and goes: how many of them do not last. */
export async function benchNginxDnsWebSockets(nginx: string): Promise<readonly Figure[]> {
  const [stays, comes] = await Promise.all(
    ["stays", "comes"].map((instance) => startApp({ appId: "chat-1", version: "1", instance })),
  );
  const hosts = [stays, comes].flatMap((one) => one?.endpoint ?? []);
  const apps = (count: number) => [exposedApp({ name: "chat", hosts: hosts.slice(0, count) })];
  const bench = await openNginxDnsBench({ nginx, apps: apps(1) });
  try {
    const [reloads, workers] = [await bench.reloads(), await bench.workers()];
    const open = { port: bench.layout.proxyPort, vhost: "chat.test" };
    const sockets = await Promise.all(Array.from({ length: connections }, () => openWebSocket(open)));
    const broken = new Set<number>();
    const echo = async (change: number) => {
      for (const [index, socket] of sockets.entries()) {
        const answer = await socket.echo(`after ${change}`).catch(() => undefined);
        if (answer !== `after ${change}`) broken.add(index);
      }
    };
    for (let change = 1; change <= changes; change++) {
      const before = bench.applied();
      await bench.list(apps(change % 2 === 1 ? 2 : 1));
      await bench.untilApplied(before + 1);
      if (change % echoEvery === 0) await echo(change);
    }
    const reloaded = (await bench.reloads()) - reloads;
    const sameWorkers = (await bench.workers()) === workers;
    await Promise.all(sockets.map((socket) => socket.close()));
    const common = { unit: "", floor: undefined, limit: 0, sense: "at-most" } as const;
    return [
      { ...common, name: `of ${connections} WebSockets broken in ${changes} member changes`, ours: broken.size },
      { ...common, name: "reloads meanwhile", ours: reloaded },
      { ...common, name: "other workers after them", ours: Number(!sameWorkers) },
    ];
  } finally {
    await bench.stop();
    await Promise.all([stays?.stop(), comes?.stop()]);
  }
}
