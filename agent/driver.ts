import { createNginxDriver } from "./apply/nginx.ts";
import { probeGeneration } from "./apply/nginx-probe.ts";
import { nginxSettings } from "./apply/nginx-settings.ts";
import { s6Service } from "./apply/proxy-service.ts";
import { runCommand } from "./apply/run-command.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config/schema.ts";
import { AgentError } from "./errors.ts";
import type { ProxyDriver } from "./model.ts";

/** The driver for the configured proxy. `config` is asked anew at every use. */
export function createDriver(config: () => Config, clock: Clock): ProxyDriver {
  const { proxy_platform, proxy_service } = config();
  if (proxy_platform === "haproxy") {
    throw new AgentError("config-invalid", 'proxy_platform: "haproxy" is not supported by this version; use "nginx"');
  }
  const service = proxy_service === "" ? undefined : s6Service(proxy_service, { run: runCommand, timeoutMs: 10_000 });
  return createNginxDriver({
    settings: () => nginxSettings(config()),
    run: runCommand,
    probe: probeGeneration,
    clock,
    service,
  });
}
