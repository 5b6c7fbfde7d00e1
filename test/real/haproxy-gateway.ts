/*
 * The gateway of harness.ts with a real HAProxy in nginx's place:
 *
 *   for (const { name, program } of haproxyVersions)
 *     const gateway = await openHaproxyGateway(t, { program, apps: [exposedApp({ name: "shop" })] });
 */
import { readFile } from "node:fs/promises";
import { parseServersState, type ServerState } from "../../agent/apply/haproxy-state.ts";
import { eventually } from "../image/support/eventually.ts";
import { type Gateway, type GatewayOptions, type Owner, openGateway } from "./harness.ts";
import { type HaproxyChild, haproxyConfig, haproxyFolder, startHaproxy } from "./support/haproxy.ts";

export interface HaproxyGatewayOptions extends GatewayOptions {
  readonly program: string;
}

export interface HaproxyGateway extends Gateway {
  /** The HAProxy that was started last. */
  haproxy(): HaproxyChild;
  /** Starts HAProxy with the file that is there. */
  startHaproxy(): Promise<HaproxyChild>;
  /** Reloads so far: the agent's own count. */
  reloads(): Promise<number>;
  servers(backend: string): Promise<readonly ServerState[]>;
  /** Waits until the backend has just these instances, all of them taking requests. */
  hasServers(backend: string, ports: readonly number[]): Promise<void>;
  /** The config file as it is now. */
  file(): Promise<string>;
}

/** Starts everything; it all ends with the test. HAProxy runs with a config that serves nothing until the agent's comes. */
export async function openHaproxyGateway(t: Owner, options: HaproxyGatewayOptions): Promise<HaproxyGateway> {
  const { program, settings, agent, ...rest } = options;
  const files = await haproxyFolder(t);
  const own = {
    proxy_platform: "haproxy",
    haproxy_config: files.config,
    haproxysocketaddr: files.stats,
    haproxy_master_socket: files.master,
    haproxy_cmd: program,
    haproxy_stats_address: "",
  };
  const base = await openGateway(t, {
    ...rest,
    settings: { ...own, ...settings },
    nginx: "absent",
    agent: "later",
  });
  const state = { haproxy: await startHaproxy(t, files, { program, config: (all) => haproxyConfig(all) }) };
  const gateway = haproxyGateway(base, { t, program, files, state, own });
  if (agent === "later") return gateway;
  gateway.startAgent();
  await gateway.ready();
  return gateway;
}

interface Parts {
  readonly t: Owner;
  readonly program: string;
  readonly files: HaproxyChild["files"];
  readonly state: { haproxy: HaproxyChild };
  readonly own: Readonly<Record<string, unknown>>;
}

function haproxyGateway(base: Gateway, { t, program, files, state, own }: Parts): HaproxyGateway {
  const servers = async (backend: string) => {
    const [text = ""] = await state.haproxy.tell(`show servers state ${backend}`);
    return parseServersState(text);
  };
  return {
    ...base,
    configure: (settings, namespace) => base.configure({ ...own, ...settings }, namespace),
    haproxy: () => state.haproxy,
    async startHaproxy() {
      state.haproxy = await startHaproxy(t, files, { program });
      return state.haproxy;
    },
    reloads: async () => (await base.metric("drove_gateway_reloads_successful")) ?? 0,
    servers,
    async hasServers(backend, ports) {
      const wanted = [...ports].sort().join(" ");
      const serving = async () =>
        (await servers(backend)).map(({ port, admin }) => (admin === 0 ? port : `${port} out`));
      await eventually(`${backend} has ${wanted}`, async () => (await serving()).sort().join(" ") === wanted, {
        everyMs: 20,
      });
    },
    file: () => readFile(files.config, "utf8"),
  };
}
