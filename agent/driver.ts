import { createHaproxyDriver } from "./apply/haproxy.ts";
import { haproxyCli } from "./apply/haproxy-cli.ts";
import { haproxyMaster } from "./apply/haproxy-master.ts";
import { haproxySettings } from "./apply/haproxy-settings.ts";
import { createNginxDriver } from "./apply/nginx.ts";
import { createNginxDnsDriver, type MemberResponder } from "./apply/nginx-dns.ts";
import { dnsSettings } from "./apply/nginx-dns-settings.ts";
import { createPlusDriver } from "./apply/nginx-plus.ts";
import { createPlusClient } from "./apply/nginx-plus-client.ts";
import { plusSettings } from "./apply/nginx-plus-settings.ts";
import { probeGeneration } from "./apply/nginx-probe.ts";
import { nginxSettings } from "./apply/nginx-settings.ts";
import type { ProxyObserver } from "./apply/proxy-observer.ts";
import { s6Service } from "./apply/proxy-service.ts";
import { runCommand } from "./apply/run-command.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config/schema.ts";
import type { ProxyDriver } from "./model.ts";

/** What a driver is built with. */
export interface DriverParts {
  /** Asked anew at every use. */
  readonly config: () => Config;
  readonly clock: Clock;
  readonly observer: ProxyObserver;
  /** Answers nginx, should it ask. */
  readonly responder: MemberResponder;
  /** Told when the proxy has come, gone, or been replaced. */
  readonly onChange: () => void;
}

/** The driver for the configured proxy. */
export function createDriver({ config, clock, observer, responder, onChange }: DriverParts): ProxyDriver {
  const { proxy_platform, proxy_service, nginxplusapiaddr } = config();
  const service = proxy_service === "" ? undefined : s6Service(proxy_service, { run: runCommand, timeoutMs: 10_000 });
  const common = { run: runCommand, clock, service };
  if (proxy_platform === "nginx") {
    const nginx = createNginxDriver({ ...common, settings: () => nginxSettings(config()), probe: probeGeneration });
    if (nginxplusapiaddr === "")
      return createNginxDnsDriver({ settings: () => dnsSettings(config()), nginx, responder, clock, onChange });
    const settings = () => plusSettings(config());
    return createPlusDriver({ settings, nginx, connect: createPlusClient, clock, observer, onChange });
  }
  return createHaproxyDriver({
    ...common,
    settings: () => haproxySettings(config()),
    connect: haproxyCli,
    master: haproxyMaster,
    observer,
    onChange,
  });
}
