/*
 * A whole gateway on this machine: a fake Drove cluster and apps in this process, a real nginx and a real agent as its
 * children, files in a folder of its own, ports that nobody else has.
 *
 *   const gateway = await openGateway(t, { apps: [exposedApp({ name: "shop" })] });
 *   const app = await gateway.instance("shop-1.0.0");       // a real app, listed by the cluster
 *   await gateway.servedBy("shop.test", app);               // waits until requests reach it
 *
 * Everything goes with the test. Every wait is for a fact and has a deadline.
 */
import { existsSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { type AppOptions, type DemoApp, startApp } from "../fake/demo-app.ts";
import { type Cluster, type ClusterOptions, startCluster } from "../fake/drove-cluster.ts";
import type { ExposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { freePorts } from "../image/support/free-ports.ts";
import { type Load, startLoad } from "../image/support/load.ts";
import { type AgentChild, startAgent } from "./support/agent.ts";
import { type Answer, ask, type Question } from "./support/ask.ts";
import { type CommandResult, runCommandLine } from "./support/command.ts";
import { bareConfig, filesIn, type Ports, type Settings, settingsFor, shippedFolder, toml } from "./support/config.ts";
import { findNoSecret, planted, textsIn } from "./support/planted.ts";
import { type NginxChild, startNginx } from "./support/proxy.ts";

export interface GatewayOptions extends ClusterOptions {
  /** Keys of the TOML file that differ from those of `settingsFor`. */
  readonly settings?: Settings;
  /** Keys of its only namespace besides `name` and `drove`. */
  readonly namespace?: Settings;
  /** Text of the user's template, `template.eta`, beside copies of the shipped partials. Default: the shipped one. */
  readonly template?: string;
  /** Runs from the start with a config that serves nothing, or not until the test starts it. Default "running". */
  readonly nginx?: "running" | "absent";
  /** `later`: the test starts it. Default "running", and known to have proven its first config. */
  readonly agent?: "running" | "later";
  /** Told before anything is started. */
  readonly prepare?: (folder: string, ports: Ports) => Promise<void>;
  readonly env?: Readonly<Record<string, string>>;
  /** The nginx to use. Default: the first on the PATH. */
  readonly nginxProgram?: string;
  /** A command and its arguments that end by running what follows them: it starts every agent. */
  readonly launcher?: readonly string[];
}

/** Whom everything started belongs to: a test, or whoever calls these hooks in their order at its end. */
export type Owner = Pick<TestContext, "after">;

export interface Gateway {
  readonly cluster: Cluster;
  readonly folder: string;
  readonly files: ReturnType<typeof filesIn> & { readonly template: string };
  readonly ports: Ports;
  /** The agent that was started last. */
  agent(): AgentChild;
  startAgent(): AgentChild;
  /** The nginx that was started last. */
  nginx(): NginxChild;
  startNginx(): Promise<NginxChild>;
  /** A real instance of an app of the cluster, listed by the controllers unless `unlisted`. */
  instance(appId: string, options?: Partial<AppOptions> & { readonly unlisted?: true }): Promise<DemoApp>;
  /** One request through the proxy. */
  visit(vhost: string, question?: Partial<Question>): Promise<Answer>;
  /**
   * Waits until a request to the vhost is answered by this instance. After a reload, workers of before may take the
   * next one for a moment: who needs every request to be answered so waits for `inStep` as well.
   */
  servedBy(vhost: string, app: DemoApp): Promise<void>;
  /** Waits until a request to the vhost has this status, and returns that answer. As with `servedBy`, it may be the first. */
  answers(vhost: string, status: number, question?: Partial<Question>): Promise<Answer>;
  load(vhost: string, how?: { readonly keepAlive: boolean }): Load;
  /** One request to the agent's API. */
  api(path: string, question?: Partial<Question>): Promise<Answer>;
  /** One command of the command line, with the gateway's file. */
  command(...args: readonly string[]): Promise<CommandResult>;
  /** Waits until `/v1/ready` says so. */
  ready(): Promise<void>;
  /** Waits until the agent has applied, with proof, just what the cluster lists now. Only for apps that are all sound. */
  inStep(): Promise<void>;
  /** Has the agent ask the controllers for everything, and waits until the loop has turned with what they said. */
  resynced(): Promise<void>;
  /** Waits until the loop has turned after this call. */
  turned(): Promise<void>;
  /** The value of a metric without labels, or with these, as they are written. */
  metric(name: string): Promise<number | undefined>;
  /** Writes the TOML file again, with these keys different. */
  configure(settings: Settings, namespace?: Settings): Promise<void>;
}

/** Starts everything; it all ends with the test. */
export async function openGateway(t: Owner, options: GatewayOptions = {}): Promise<Gateway> {
  const folder = await tempFolder();
  const children: Children = { agents: [], proxies: [], apps: [], loads: [] };
  // A controller that is stopped comes back at its port: no instance may have been given it meanwhile.
  const cluster = await startCluster({ ports: await freePorts(options.controllers ?? 1), ...options });
  const [proxy = 0, status = 0, api = 0, dns = 0] = await freePorts(4);
  const gateway = gatewayOf(children, { folder, cluster, ports: { proxy, status, api, dns }, options, owner: t });
  t.after(() => endAll(children, gateway));
  await prepareFolder(gateway, options);
  if (options.nginx !== "absent") await gateway.startNginx();
  if (options.agent === "later") return gateway;
  gateway.startAgent();
  if (options.nginx !== "absent") await gateway.ready();
  return gateway;
}

interface Children {
  readonly agents: AgentChild[];
  readonly proxies: NginxChild[];
  readonly apps: DemoApp[];
  readonly loads: Load[];
}

interface Parts {
  readonly folder: string;
  readonly cluster: Cluster;
  readonly ports: Ports;
  readonly options: GatewayOptions;
  readonly owner: Owner;
}

/** nginx's workers may be of another user, so the folder is open to all. */
async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "drove-gateway-"));
  await chmod(folder, 0o755);
  return folder;
}

async function prepareFolder(
  gateway: Gateway,
  { template, nginx, prepare, settings, namespace }: GatewayOptions,
): Promise<void> {
  const { files, folder, ports } = gateway;
  await mkdir(files.temp);
  if (template !== undefined) {
    await cp(join(shippedFolder, "partials"), join(folder, "partials"), { recursive: true });
    await writeFile(files.template, template);
  }
  if (nginx !== "absent") await writeFile(files.config, bareConfig(folder, ports));
  await gateway.configure(settings ?? {}, namespace);
  await prepare?.(folder, ports);
}

function gatewayOf(children: Children, { folder, cluster, ports, options, owner }: Parts): Gateway {
  const files = { ...filesIn(folder), template: join(folder, "template.eta") };
  const visit = (vhost: string, question: Partial<Question> = {}) => ask({ port: ports.proxy, vhost, ...question });
  const { authorization } = planted;
  const api = (path: string, question: Partial<Question> = {}) =>
    ask({ port: ports.api, path, headers: { authorization }, ...question });
  const knownState = async () => (await api("/v1/config")).json() as unknown as KnownState;
  const turnedAt = async () => (await knownState()).lastCycle?.at;
  // The first turn may have begun before, the second has not.
  const turned = async () => {
    for (const which of ["first", "second"]) {
      const before = await turnedAt();
      await api("/v1/reload");
      await eventually(`a ${which} turn`, async () => (await turnedAt()) !== before, quick);
    }
  };
  return {
    cluster,
    folder,
    files,
    ports,
    visit,
    api,
    agent: () => newest(children.agents),
    command: (...args) => runCommandLine([...args, "-f", files.toml], { cwd: folder }),
    nginx: () => newest(children.proxies),
    startAgent() {
      const { launcher } = options;
      const env = { ...planted.env, ...options.env };
      children.agents.push(startAgent(files.toml, { cwd: folder, env, ...(launcher && { launcher }) }));
      return newest(children.agents);
    },
    async startNginx() {
      const { nginxProgram: program } = options;
      children.proxies.push(await startNginx(files.config, { pidFile: files.pid, ...(program && { program }) }));
      return newest(children.proxies);
    },
    async instance(appId, { unlisted, ...rest } = {}) {
      const app = await startApp({ appId, ...rest });
      children.apps.push(app);
      if (!unlisted) cluster.apps.addInstance(appId, app.endpoint);
      return app;
    },
    async servedBy(vhost, app) {
      const isIt = async () => (await visit(vhost)).headers["x-instance-id"] === app.instance;
      await eventually(`${vhost} is served by ${app.instance}`, isIt, quick);
    },
    async answers(vhost, status, question) {
      const isIt = async () => {
        const answer = await visit(vhost, question);
        return answer.status === status && answer;
      };
      return await eventually(`${vhost} answers ${status}`, isIt, quick);
    },
    load(vhost, how) {
      const load = startLoad(owner, { port: ports.proxy, vhost }, { clients: 3, ...how });
      children.loads.push(load);
      return load;
    },
    async ready() {
      const isReady = async () => (await api("/v1/ready")).status === 200;
      await newest(children.agents).waitFor("the agent is ready", isReady);
    },
    async inStep() {
      const wanted = listed(cluster);
      const isApplied = async () => {
        // From promotion to proof: what the agent shows is still what was before.
        if (existsSync(files.previous)) return false;
        const { vhosts, lastCycle } = await knownState();
        return isDeepStrictEqual(shown(vhosts), wanted) && lastCycle?.error === undefined;
      };
      await newest(children.agents).waitFor(`applied: ${wanted.join(", ")}`, isApplied);
    },
    async resynced() {
      const asked = Date.now();
      newest(children.agents).signal("SIGHUP");
      const fetchedAt = async () => (await knownState()).namespaces.map((one) => Date.parse(one.fetchedAt));
      await eventually("all was asked for", async () => (await fetchedAt()).every((time) => time > asked), quick);
      await turned();
    },
    turned,
    async metric(name) {
      const lines = (await api("/v1/metrics")).body.split("\n");
      const value = lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
      return value === undefined ? undefined : Number(value);
    },
    async configure(settings, namespace = {}) {
      const template = options.template === undefined ? {} : { nginx_template: files.template };
      const program = options.nginxProgram === undefined ? {} : { nginx_cmd: options.nginxProgram };
      const only = { name: "default", drove: [...cluster.urls], ...credentialsOf(options), ...namespace };
      await writeFile(
        files.toml,
        toml({
          ...settingsFor(folder, ports),
          ...planted.settings,
          ...program,
          ...template,
          ...settings,
          namespaces: [only],
        }),
      );
    },
  };
}

const quick = { everyMs: 20 };

interface KnownState {
  readonly namespaces: readonly { readonly fetchedAt: string }[];
  readonly vhosts?: readonly { readonly name: string; readonly members: readonly string[] }[];
  readonly lastCycle?: { readonly at: string; readonly error?: string };
}

function shown(vhosts: KnownState["vhosts"] = []): readonly string[] {
  return vhosts.map(({ name, members }) => `${name}: ${[...members].sort().join(" ")}`).sort();
}

/** What the cluster lists, in the same form. */
function listed({ apps }: Cluster): readonly string[] {
  const byVhost = Map.groupBy(apps.list(), (app) => app.vhost);
  const members = (all: readonly ExposedApp[]) =>
    all.flatMap((app) =>
      app.hosts.map(({ host, port, portType }) => {
        return `${portType.toLowerCase()}://${host.includes(":") ? `[${host}]` : host}:${port}`;
      }),
    );
  return shown([...byVhost].map(([name, all]) => ({ name, members: members(all) })));
}

function credentialsOf({ credentials }: GatewayOptions): Settings {
  const { user, pass } = credentials ?? planted.credentials;
  return { ...(user !== undefined && { user }), ...(pass !== undefined && { pass }) };
}

function newest<T>(all: readonly T[]): T {
  const last = all.at(-1);
  if (last === undefined) throw new Error("nothing of the kind was started");
  return last;
}

async function endAll(children: Children, { api, cluster, folder }: Gateway): Promise<void> {
  await Promise.all(children.loads.map((load) => load.stop()));
  const said = await everythingSaid(children, api);
  for (const agent of children.agents) if (!agent.hasEnded()) agent.signal("SIGKILL");
  await Promise.all(children.agents.map((agent) => agent.ended));
  await Promise.all(children.proxies.map((proxy) => proxy.stop()));
  await Promise.all(children.apps.map((app) => app.stop()));
  await cluster.stop();
  const written = await textsIn(folder);
  // A check of nginx that a killed agent has left may still write here for a moment.
  await rm(folder, { recursive: true, force: true, maxRetries: 20 });
  findNoSecret({ ...said, ...written });
}

/** What the agents have said, and what the one that still runs answers to somebody who may ask everything. */
async function everythingSaid(children: Children, api: Gateway["api"]): Promise<Readonly<Record<string, string>>> {
  const said: Record<string, string> = {};
  for (const agent of children.agents) said[`the log of agent ${agent.pid}`] = agent.output();
  const running = children.agents.find((agent) => !agent.hasEnded());
  if (running === undefined) return said;
  said["the process title"] = await readFile(`/proc/${running.pid}/cmdline`, "utf8").catch(() => "");
  const asked = ["/", "/v1/health", "/v1/config", "/v1/metrics", "/nothing"].map(async (path) => {
    const { headers, body } = await api(path);
    said[path] = JSON.stringify(headers) + body;
  });
  // It may stand still, or be about to end.
  await Promise.allSettled(asked);
  return said;
}
