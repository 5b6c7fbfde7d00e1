/*
 * The gateway of harness.ts with NGINX Plus in nginx's place. Its API is the simulator; what serves is a real
 * open-source nginx, which loads what the simulator has: the config without the directives that it does not know, and
 * the servers of each upstream. So requests show what the API was told, but only after `follow`, since that nginx has to
 * be reloaded for it.
 */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { text as bodyOf } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import { type FakePlus, startFakePlus } from "../fake/nginx-plus.ts";
import { eventually } from "../image/support/eventually.ts";
import { type Gateway, type GatewayOptions, openGateway } from "./harness.ts";
import { bareConfig, filesIn } from "./support/config.ts";
import { withoutPlus } from "./support/open-source.ts";
import { type NginxChild, nginxPath, nginxVersion, startNginx } from "./support/proxy.ts";

const run = promisify(execFile);

export interface PlusGateway extends Gateway {
  readonly plus: FakePlus;
  /** Reloads that the agent asked for. */
  reloads(): number;
  /** Waits until the API was told just these ports for the upstream, none of them draining. */
  hasServers(upstream: string, ports: readonly number[]): Promise<void>;
  /** Has the real nginx serve what the API was told. */
  follow(): Promise<void>;
}

/** Starts everything; it all ends with the test. */
export async function openPlusGateway(t: TestContext, options: GatewayOptions = {}): Promise<PlusGateway> {
  const plus = await startFakePlus();
  const state = { reloads: 0, folder: "", nginx: undefined as NginxChild | undefined };
  const open = () => join(state.folder, "open-source.conf");
  const translated = async (path: string) => {
    const text = await readFile(path, "utf8");
    const lines = (upstream: string) =>
      plus.upstreams.servers(upstream).map(({ server, drain }) => `server ${server}${drain ? " down" : ""};`);
    return withoutPlus(text, (upstream) => (plus.upstreams.names().includes(upstream) ? lines(upstream) : []));
  };
  const follow = async () => {
    await writeFile(open(), await translated(filesIn(state.folder).config));
    await run(nginxPath, ["-c", open(), "-s", "reload"]);
  };
  const command = await startCommand(async (args) => {
    if (args[0] === "-V")
      return `nginx version: nginx/${nginxVersion.join(".")} (nginx-plus-r36)\nconfigure arguments:`;
    const staged = args[args.indexOf("-c") + 1] ?? "";
    if (args[0] === "-t") {
      const path = join(state.folder, "open-source-test.conf");
      await writeFile(path, await translated(staged));
      return (await run(nginxPath, ["-t", "-c", path])).stderr;
    }
    state.reloads += 1;
    plus.reload(await readFile(filesIn(state.folder).config, "utf8"));
    await follow();
    return "";
  });
  t.after(() => Promise.all([plus.stop(), command.stop()]));
  const { settings, agent, prepare, ...rest } = options;
  const own = {
    nginxplusapiaddr: plus.address,
    nginx_cmd: `${process.execPath} ${join(import.meta.dirname, "support", "plus-nginx.ts")} ${command.port}`,
  };
  const gateway = await openGateway(t, {
    ...rest,
    settings: { ...own, ...settings },
    nginx: "absent",
    agent: "later",
    async prepare(folder, ports) {
      state.folder = folder;
      const states = join(folder, "states");
      await writeFile(open(), bareConfig(folder, ports));
      await prepare?.(folder, ports);
      state.nginx = await startNginx(open(), { pidFile: filesIn(folder).pid });
      await run("mkdir", ["-p", states]);
    },
  });
  t.after(async () => await state.nginx?.stop());
  const configure: Gateway["configure"] = (changed, namespace) =>
    gateway.configure({ ...own, nginx_plus_state_dir: join(state.folder, "states"), ...changed }, namespace);
  await configure(settings ?? {}, rest.namespace);
  if (agent !== "later") {
    gateway.startAgent();
    await gateway.ready();
  }
  return {
    ...gateway,
    configure,
    plus,
    reloads: () => state.reloads,
    follow,
    hasServers: async (upstream, ports) => {
      const wanted = [...ports].map((port) => `127.0.0.1:${port}`).sort();
      const isThere = async () => {
        const found = plus.upstreams.names().includes(upstream) ? plus.upstreams.servers(upstream) : undefined;
        const serving = found?.filter((one) => !one.drain).map((one) => one.server);
        return serving !== undefined && found?.length === wanted.length && serving.sort().join() === wanted.join();
      };
      await eventually(`${upstream} has ${wanted.join(" ")}`, isThere, { everyMs: 10 });
    },
  };
}

/** What plus-nginx.ts asks. A failure is what nginx says. */
async function startCommand(answer: (args: readonly string[]) => Promise<string>) {
  const server = createServer(async (request, response) => {
    try {
      response.end(await answer(JSON.parse(await bodyOf(request))));
    } catch (error) {
      const said = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
      response.writeHead(500).end(said);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const at = server.address();
  return {
    port: typeof at === "object" ? at?.port : 0,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
