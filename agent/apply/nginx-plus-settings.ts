import type { Config } from "../config/schema.ts";

/** What the driver has to know of the configuration besides that of nginx. Times are in ms. */
export interface PlusSettings {
  /** `host:port` of the API. */
  readonly api: string;
  /** True if the configuration and its reloads are somebody else's. */
  readonly apiOnly: boolean;
  readonly drainMs: number;
  readonly controlPlaneTimeoutMs: number;
}

/** What the driver of NGINX Plus needs of the configuration. */
export function plusSettings(config: Config): PlusSettings {
  return {
    api: config.nginxplusapiaddr,
    apiOnly: config.nginx_reload_disabled,
    drainMs: config.drain_timeout_sec * 1000,
    controlPlaneTimeoutMs: config.proxy_control_plane_timeout_sec * 1000,
  };
}
