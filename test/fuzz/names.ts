import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeCompanions } from "../../agent/apply/companion-files.ts";
import { haproxyCli, sendOver } from "../../agent/apply/haproxy-cli.ts";
import { parseServersState } from "../../agent/apply/haproxy-state.ts";
import { readTemplate } from "../../agent/inputs/template-files.ts";
import type { DroveApp } from "../../agent/model.ts";
import { etaEngine } from "../../agent/render/eta.ts";
import { eventually } from "../image/support/eventually.ts";
import { freePorts } from "../image/support/free-ports.ts";
import { haproxyVersions } from "../real/support/haproxy-versions.ts";
import { nginxPath } from "../real/support/proxy.ts";
import { hostileName, hostileText } from "./hostile-text.ts";
import { makeFrom } from "./made.ts";
import { askAll } from "./pipeline.ts";
import { whileRunning } from "./proxies.ts";
import { createRandom, type Random } from "./random.ts";
import { expectSame, type Fuzz, type FuzzOptions, type FuzzResult } from "./result.ts";

/*
 * Names of vhosts, hosts and groups through the shipped templates: the proxy has just the servers that the desired state
 * names, and serves no other host.
 */

const perBatch = 2000;

/** Half of the names with nginx, half with HAProxy. */
export const fuzzNames: Fuzz = async (options) => {
  const random = createRandom(options.seed);
  const details = { served: 0, refused: 0, "hosts asked for": 0, "servers compared": 0 };
  let generated = 0;
  for (let batch = 0; generated < options.count; batch += 1) {
    const apps = appsFor(random, Math.min(perBatch, options.count - generated));
    const names = apps.reduce((sum, app) => sum + 1 + app.hosts.length, 0);
    const check = batch % 2 === 0 ? checkNginx : checkHaproxy;
    const found = await check(apps, { ...options, batch, random });
    details.served += found.details["served"] ?? 0;
    details.refused += apps.length - (found.details["apps"] ?? 0);
    details["hosts asked for"] += found.details["asked"] ?? 0;
    details["servers compared"] += found.details["servers"] ?? 0;
    generated += names;
  }
  return { generated, details };
};

function appsFor(random: Random, count: number): readonly DroveApp[] {
  return Array.from({ length: count }, (_, at) => {
    const tags = { group: random.oneIn(3) ? hostileText(random, { longest: 3 }) : "" };
    const hosts = Array.from({ length: random.below(3) }, () => ({
      host: random.oneIn(2) ? `10.${random.below(256)}.${random.below(256)}.${random.below(256)}` : hostileName(random),
      port: random.oneIn(10) ? random.below(70_000) : 1 + random.below(65_535),
      portType: random.pick(["HTTP", "HTTPS", "TCP", "UDP", "x;"]),
    }));
    return {
      appName: hostileText(random),
      appId: `${hostileText(random)}-${at}`,
      vhost: hostileName(random),
      tags,
      hosts,
    };
  });
}

interface Batch extends FuzzOptions {
  readonly batch: number;
  readonly random: Random;
}

async function shipped(platform: "nginx" | "haproxy") {
  const name = platform === "nginx" ? "nginx.conf.eta" : "haproxy.cfg.eta";
  const source = await readTemplate(join(import.meta.dirname, "..", "..", "templates", platform, name), []);
  return etaEngine.compile(source, { leftDelimiter: "{{", rightDelimiter: "}}" });
}

async function checkNginx(apps: readonly DroveApp[], { folder, random }: Batch): Promise<FuzzResult> {
  const own = join(folder, "nginx-names");
  await mkdir(own, { recursive: true });
  const [port = 0, status = 0] = await freePorts(2);
  const path = join(own, "nginx.conf");
  const settings = {
    proxy_port: port,
    nginx_status_address: `127.0.0.1:${status}`,
    nginx_config: path,
    nginx_pid: join(own, "pid"),
    nginx_temp_dir: own,
    nginx_error_log: join(own, "error.log"),
  };
  // Without instances every vhost says so; one that answers otherwise is not there.
  const bare = apps.map((app) => ({ ...app, hosts: [] }));
  const { made, built } = makeFrom(bare, { settings, template: await shipped("nginx"), path });
  await writeFile(path, made.file.text);
  const names = built.value.vhosts.map((vhost) => vhost.name);
  const matches = matcherOf(names);
  const strangers = Array.from({ length: 300 }, () => hostileName(random).toLowerCase()).filter(
    (name) => /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(name) && !matches(name.replace(/\.$/, "")),
  );
  await whileRunning([nginxPath, "-c", path, "-p", own, "-g", "daemon off;"], {
    port,
    async use() {
      const hosts = [...names.map((name) => name.replace("*", "any")), ...strangers];
      const heard = await askAll(
        port,
        hosts.map((host) => ({ host, path: "/" })),
      );
      for (const [at, host] of hosts.entries()) {
        const said =
          at < names.length ? "503: no instance of this app is healthy\n" : "503: no app is served under this host\n";
        expectSame(heard[at]?.body, said, `nginx under ${JSON.stringify(host)}`);
      }
      const [own] = await askAll(status, [{ host: "127.0.0.1", path: "/_gateway/generation" }]);
      expectSame(own?.body, made.file.generation, "the generation");
    },
  });
  const known = new Set(built.value.vhosts.flatMap((vhost) => vhost.appIds));
  return { generated: 0, details: { served: names.length, apps: known.size, asked: names.length + strangers.length } };
}

/** Whether one of the vhosts serves the host. */
function matcherOf(names: readonly string[]): (host: string) => boolean {
  const exact = new Set(names);
  return (host) => {
    const labels = host.split(".");
    return exact.has(host) || labels.some((_, at) => at > 0 && exact.has(`*.${labels.slice(at).join(".")}`));
  };
}

async function checkHaproxy(apps: readonly DroveApp[], { folder, batch }: Batch): Promise<FuzzResult> {
  const own = join(folder, `haproxy-names-${batch}`);
  await mkdir(own, { recursive: true });
  const [port = 0] = await freePorts(1);
  const [path, cli] = [join(own, "haproxy.cfg"), join(own, "cli")];
  const settings = {
    proxy_platform: "haproxy",
    proxy_port: port,
    haproxy_config: path,
    haproxysocketaddr: cli,
    haproxy_stats_address: "",
    xproxy: "fuzz",
  };
  const { made, built } = makeFrom(apps, { settings, template: await shipped("haproxy"), path });
  await writeFile(path, made.file.text);
  await writeCompanions(path, made.file.text, { timeoutMs: 60_000 });
  const version = haproxyVersions[batch % haproxyVersions.length];
  const wanted = made.backends.flatMap((backend) =>
    backend.servers.map(({ name, address, port: at }) => `${backend.name}/${name} ${address}:${at}`),
  );
  await whileRunning([version?.program ?? "haproxy", "-db", "-f", path], {
    port,
    async use() {
      const options = { signal: AbortSignal.timeout(120_000), timeoutMs: 120_000 };
      const [state = "", backends = "", map = ""] = await eventually("HAProxy answers", async () => {
        const file = join(own, `hosts-${made.file.generation}.map`);
        const replies = await sendOver(haproxyCli(cli))(
          ["show servers state", "show backend", `show map ${file}`],
          options,
        ).catch(() => undefined);
        return replies?.map((reply) => reply.text);
      });
      const servers = parseServersState(state).map((one) => `${one.backend}/${one.name} ${one.address}:${one.port}`);
      expectSame(servers.toSorted().join("\n"), wanted.toSorted().join("\n"), "the servers that HAProxy has");
      const ours = ["Unknown", ...made.backends.map((one) => one.name)];
      const has = backends.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      expectSame(has.toSorted().join("\n"), ours.toSorted().join("\n"), "the backends that HAProxy has");
      const exact = built.value.vhosts.map((vhost) => vhost.name).filter((name) => !name.startsWith("*"));
      const keys = map.split("\n").flatMap((line) => line.split(" ")[1] ?? []);
      const served = new Set(made.backends.map((one) => one.vhost));
      const left = exact.filter((name) => served.has(name));
      expectSame(keys.toSorted().join("\n"), left.toSorted().join("\n"), "the hosts that HAProxy knows");
    },
  });
  const known = new Set(built.value.vhosts.flatMap((vhost) => vhost.appIds));
  return { generated: 0, details: { served: built.value.vhosts.length, apps: known.size, servers: wanted.length } };
}
