import { readFileSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { openHaproxyGateway } from "../real/haproxy-gateway.ts";
import { type Gateway, type GatewayOptions, type Owner, openGateway } from "../real/harness.ts";
import { type Disk, mountDisk } from "../real/support/disk.ts";
import { createFleet, type Fleet } from "./fleet.ts";
import { haproxyUnderTest } from "./haproxy.ts";
import { createHostNames, type HostNames } from "./host-names.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { nginxUnderTest } from "./nginx.ts";
import { type AgentState, checkAll } from "./oracle.ts";
import type { ProxyUnderTest } from "./proxy-under-test.ts";

/** Which proxy a world has. */
export interface Subject {
  readonly platform: "nginx" | "haproxy";
  /** `forky` or `3.2`. */
  readonly version: string;
  readonly program: string;
}

/** A cluster with its instances, one gateway beside its proxy, and all that can be broken about them. */
export interface World {
  readonly gateway: Gateway;
  readonly proxy: ProxyUnderTest;
  readonly fleet: Fleet;
  readonly ledger: Ledger;
  readonly disk: Disk;
  readonly names: HostNames;
  readonly template: { readonly path: string; readonly shipped: string };
  /** In ms; never jumps. */
  now(): number;
  /** Writes the agent's TOML file with these keys different from the usual ones. */
  configure(settings: Readonly<Record<string, unknown>>): Promise<void>;
  /** Waits until proxy and agent are as they should be. */
  inStep(agent?: AgentState): Promise<number>;
  /** Everything is in step: what was taken away ends, and the load is aimed anew. */
  settle(): Promise<void>;
}

const templates = join(import.meta.dirname, "..", "..", "templates");
const shippedNames = { nginx: "nginx.conf.eta", haproxy: "haproxy.cfg.eta" };

/** Opens a world with an empty cluster of three controllers. Ends with the owner. */
export async function openWorld(owner: Owner, subject: Subject): Promise<World> {
  const home = await mkdtemp("/tmp/chaos-");
  const disk = await mountDisk(home);
  const hooks: (() => unknown)[] = [];
  const inside: Owner = { after: (hook) => void hooks.push(hook as () => unknown) };
  // The disk goes last: the gateway looks at its files once more at its end.
  owner.after(async () => {
    for (const hook of hooks) await hook();
    disk.unmount();
    await rm(home, { recursive: true, force: true });
  });
  const names = await createHostNames(home);
  // Everything else that a gateway has is made in a folder for temporary files.
  process.env["TMPDIR"] = disk.path;
  const template = join(disk.path, "template", shippedNames[subject.platform]);
  await cp(join(templates, subject.platform), join(disk.path, "template"), { recursive: true });
  const settings = { ...usualSettings, [`${subject.platform}_template`]: template };
  const options: GatewayOptions = { controllers: 3, settings, launcher: [...names.launcher, ...asInImage] };
  const { gateway, proxy } = await openSubject(inside, { subject, options });
  const now = () => performance.now();
  const ledger = createLedger(now);
  const fleet = createFleet({ cluster: gateway.cluster, ledger });
  inside.after(fleet.stop);
  const parts = { proxy, fleet, ledger, ports: gateway.ports, now };
  return {
    gateway,
    proxy,
    fleet,
    ledger,
    disk,
    names,
    template: { path: template, shipped: readFileSync(template, "utf8") },
    now,
    configure: (others) => gateway.configure({ ...settings, ...others }),
    inStep: (agent) => checkAll(parts, agent === undefined ? {} : { agent }),
    settle: fleet.settle,
  };
}

/** As the image's `drove-gateway` starts it: how much memory it keeps depends on that. */
const asInImage = ["env", "MALLOC_ARENA_MAX=2", "NODE_OPTIONS=--max-semi-space-size=8"] as const;

/** Quick enough that an hour has many steps. */
const usualSettings = {
  event_refresh_interval_sec: 0.3,
  full_resync_interval_sec: 5,
  api_timeout: 2,
  drain_timeout_sec: 10,
  proxy_control_plane_timeout_sec: 5,
  // Longer than a step keeps a loss up, and no longer than the oracle waits.
  guard_confirm_sec: 15,
};

async function openSubject(
  owner: Owner,
  { subject, options }: { readonly subject: Subject; readonly options: GatewayOptions },
): Promise<{ readonly gateway: Gateway; readonly proxy: ProxyUnderTest }> {
  const { program, version } = subject;
  if (subject.platform === "nginx") {
    const gateway = await openGateway(owner, { ...options, nginxProgram: program });
    return { gateway, proxy: nginxUnderTest(gateway, program) };
  }
  const gateway = await openHaproxyGateway(owner, { ...options, program });
  return { gateway, proxy: haproxyUnderTest(gateway, version) };
}
