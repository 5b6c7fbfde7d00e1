import { canonical, ipFamily } from "../address.ts";
import type { Problem } from "./layer.ts";
import { type Config, type NamespaceConfig, nginxSeconds, splitHostAndPort } from "./schema.ts";

/** What is wrong between keys, each of which is right by itself. */
export function crossCheck(config: Config): readonly Problem[] {
  return [
    ...checkApi(config),
    ...checkDelimiters(config),
    ...(config.proxy_platform === "nginx" ? checkNginx(config) : checkHaproxy(config)),
    ...checkPorts(config),
    ...checkNames(config.namespaces),
    ...config.namespaces.flatMap(checkNamespace),
  ];
}

/** Two listeners of this machine on one port, as far as the agent and the shipped template decide about it. */
export function checkPorts(config: Config): readonly Problem[] {
  const dns = claimsDnsPort(config) ? splitHostAndPort(config.nginx_dns_address)?.port : undefined;
  const own = dns === config.port ? [clash("nginx_dns_address", dns, "port, the internal API")] : [];
  return usesShippedTemplate(config) ? [...own, ...checkTemplatePorts(config, dns)] : own;
}

function checkTemplatePorts(config: Config, dns: number | undefined): readonly Problem[] {
  const status = splitHostAndPort(config.nginx_status_address)?.port;
  const hasStatus = config.proxy_platform === "nginx";
  const api = hasStatus && !config.nginx_reload_disabled ? splitHostAndPort(config.nginxplusapiaddr)?.port : undefined;
  const problems: Problem[] = [];
  if (config.proxy_port === config.port) problems.push(clash("proxy_port", config.port, "port, the internal API"));
  if (hasStatus && status === config.port) {
    problems.push(clash("nginx_status_address", status, "port, the internal API"));
  }
  if (hasStatus && status === config.proxy_port) problems.push(clash("nginx_status_address", status, "proxy_port"));
  const others = { port: config.port, proxy_port: config.proxy_port, nginx_status_address: status };
  for (const [key, port] of Object.entries(others))
    if (api !== undefined && api === port) problems.push(clash("nginxplusapiaddr", api, key));
  for (const key of ["proxy_port", "nginx_status_address"] as const)
    if (dns !== undefined && dns === others[key]) problems.push(clash("nginx_dns_address", dns, key));
  return problems;
}

/** A template of the operator's own may listen wherever it likes. */
function usesShippedTemplate(config: Config): boolean {
  return (config.proxy_platform === "nginx" ? config.nginx_template : config.haproxy_template) === "";
}

function clash(key: string, port: number, other: string): Problem {
  return { path: [key], what: `has port ${port}, which is also that of ${other}`, remedy: "give each its own port" };
}

function checkApi(config: Config): readonly Problem[] {
  const missing = (["port_tls_certfile", "port_tls_keyfile"] as const).filter((key) => config[key] === "");
  const tls = config.port_use_tls && missing.length > 0;
  return [
    ...(tls ? [{ path: ["port_use_tls"], what: `needs ${missing.join(" and ")}`, remedy: "set them" }] : []),
    ...both(config.api_token.isSet && config.api_token_file !== "", ["api_token_file"], "api_token"),
  ];
}

function checkDelimiters(config: Config): readonly Problem[] {
  if (config.left_delimiter !== config.right_delimiter) return [];
  return [{ path: ["right_delimiter"], what: "is the same as left_delimiter", remedy: "make them differ" }];
}

function checkNginx(config: Config): readonly Problem[] {
  return config.nginxplusapiaddr === "" ? [...checkReloads(config), ...checkDns(config)] : checkPlus(config);
}

/** Whether nginx may be told its servers by DNS. */
function asksByDns(config: Config): boolean {
  const isOpenSource = config.proxy_platform === "nginx" && config.nginxplusapiaddr === "";
  return isOpenSource && config.nginx_upstream_updates !== "reload";
}

/** An older configuration may have its own use for the default port: nginx is reloaded then, as it was before. */
function claimsDnsPort(config: Config): boolean {
  const isChosen = config.nginx_upstream_updates === "dns" || config.nginx_dns_address !== "127.0.0.1:6053";
  return asksByDns(config) && isChosen;
}

/** Who answers nginx must not be reached from elsewhere, and what is answered has no room for an interface. */
function checkDns(config: Config): readonly Problem[] {
  if (!asksByDns(config)) return [];
  const problems: Problem[] = [];
  const host = splitHostAndPort(config.nginx_dns_address)?.host ?? "";
  if (!isLoopback(host)) {
    const what = `has ${host}, which is not a loopback address`;
    problems.push({ path: ["nginx_dns_address"], what, remedy: "give one, such as 127.0.0.1:6053" });
  }
  if (config.nginx_status_address.includes("%")) {
    const what = "names an interface, which nginx cannot be told by DNS";
    const remedy = 'give an address without one, or set nginx_upstream_updates to "reload"';
    problems.push({ path: ["nginx_status_address"], what, remedy });
  }
  return problems;
}

function isLoopback(host: string): boolean {
  return (ipFamily(host) === 4 && host.startsWith("127.")) || canonical(host) === "::1";
}

function checkReloads(config: Config): readonly Problem[] {
  if (!config.nginx_reload_disabled) return [];
  const what = "needs nginxplusapiaddr: without reloads and without the API of NGINX Plus no change reaches nginx";
  return [{ path: ["nginx_reload_disabled"], what, remedy: "set nginxplusapiaddr, or allow reloads" }];
}

/** Where nginx is only told its servers, what is about its configuration would do nothing. */
function checkPlus(config: Config): readonly Problem[] {
  const problems: Problem[] = [];
  const host = splitHostAndPort(config.nginxplusapiaddr)?.host ?? "";
  if (config.nginx_reload_disabled) {
    const what = "makes proxy_service useless: nginx cannot be started with a configuration that is never written";
    if (config.proxy_service !== "")
      problems.push({ path: ["nginx_reload_disabled"], what, remedy: "remove one of the two" });
  } else if (usesShippedTemplate(config) && ipFamily(host) === 0 && host !== "localhost") {
    const what = `names the host ${JSON.stringify(host)}, but the shipped template has nginx listen there`;
    const remedy = "give an IP address of nginx's machine, or set nginx_template";
    problems.push({ path: ["nginxplusapiaddr"], what, remedy });
  }
  for (const key of ["nginx_fail_timeout", "nginx_slow_start"] as const) {
    const what = `is ${config[key]}, but the API takes whole seconds only`;
    if (!Number.isInteger(nginxSeconds(config[key]))) problems.push({ path: [key], what, remedy: "round it" });
  }
  return problems;
}

function checkHaproxy(config: Config): readonly Problem[] {
  const problems: Problem[] = [];
  if (config.haproxy_reload_disabled && config.haproxysocketaddr === "") {
    const what = "needs haproxysocketaddr: without reloads and without a socket no change reaches HAProxy";
    problems.push({ path: ["haproxy_reload_disabled"], what, remedy: "set haproxysocketaddr, or allow reloads" });
  }
  if (config.haproxy_manage_global_server_state_file && config.haproxy_global_server_state_file_path === "") {
    const what = "needs haproxy_global_server_state_file_path";
    const path = ["haproxy_manage_global_server_state_file"];
    problems.push({ path, what, remedy: "set it to the path of HAProxy's global server-state-file" });
  }
  return problems;
}

function checkNames(namespaces: readonly NamespaceConfig[]): readonly Problem[] {
  const seen = new Set<string>();
  return namespaces.flatMap(({ name }, index) => {
    const isNew = !seen.has(name);
    seen.add(name);
    const what = `${JSON.stringify(name)} is also the name of another namespace`;
    return isNew ? [] : [{ path: ["namespaces", index, "name"], what, remedy: "give each a name of its own" }];
  });
}

function checkNamespace(one: NamespaceConfig, index: number): readonly Problem[] {
  const at = (key: string) => ["namespaces", index, key];
  const isUnverified = one.tls_insecure_skip_verify && one.tls_ca_file !== "";
  const unverified: Problem = {
    path: at("tls_insecure_skip_verify"),
    what: "makes tls_ca_file useless",
    remedy: "remove it to verify with tls_ca_file, or remove tls_ca_file",
  };
  return [
    ...both(one.user !== "" && one.user_file !== "", at("user_file"), "user"),
    ...both(one.pass.isSet && one.pass_file !== "", at("pass_file"), "pass"),
    ...both(one.access_token.isSet && one.access_token_file !== "", at("access_token_file"), "access_token"),
    ...(isUnverified ? [unverified] : []),
  ];
}

function both(isBoth: boolean, path: Problem["path"], other: string): readonly Problem[] {
  return isBoth ? [{ path, what: `is set besides ${other}`, remedy: "set only one of them" }] : [];
}
