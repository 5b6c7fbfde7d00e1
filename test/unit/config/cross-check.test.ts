import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseConfig } from "../../../agent/config/parse.ts";
import { problemsOf } from "../thrown.ts";

const namespace = '\n[[namespaces]]\nname = "a"\ndrove = ["http://d:1"]\n';
const parse = (source: string) => parseConfig(source, "n.toml");

const refused: readonly (readonly [string, readonly string[]])[] = [
  [
    "nginx_reload_disabled = true",
    [
      "n.toml:1: nginx_reload_disabled: needs nginxplusapiaddr: without reloads and without the API of NGINX Plus no change reaches nginx; set nginxplusapiaddr, or allow reloads",
    ],
  ],
  [
    'proxy_platform = "haproxy"\nhaproxy_reload_disabled = true',
    [
      "n.toml:2: haproxy_reload_disabled: needs haproxysocketaddr: without reloads and without a socket no change reaches HAProxy; set haproxysocketaddr, or allow reloads",
    ],
  ],
  [
    'proxy_platform = "haproxy"\nhaproxy_manage_global_server_state_file = true',
    [
      "n.toml:2: haproxy_manage_global_server_state_file: needs haproxy_global_server_state_file_path; set it to the path of HAProxy's global server-state-file",
    ],
  ],
  ['port_use_tls = true\nport_tls_certfile = "c.pem"', ["n.toml:1: port_use_tls: needs port_tls_keyfile; set them"]],
  [
    "port = 7000",
    ["n.toml: proxy_port: has port 7000, which is also that of port, the internal API; give each its own port"],
  ],
  [
    "port = 6001",
    [
      "n.toml: nginx_status_address: has port 6001, which is also that of port, the internal API; give each its own port",
    ],
  ],
  [
    'nginx_status_address = "[::1]:7000"',
    ["n.toml:1: nginx_status_address: has port 7000, which is also that of proxy_port; give each its own port"],
  ],
  [
    'nginxplusapiaddr = "127.0.0.1:6001"',
    ["n.toml:1: nginxplusapiaddr: has port 6001, which is also that of nginx_status_address; give each its own port"],
  ],
  [
    'nginxplusapiaddr = "plus.example:8080"',
    [
      'n.toml:1: nginxplusapiaddr: names the host "plus.example", but the shipped template has nginx listen there; give an IP address of nginx\'s machine, or set nginx_template',
    ],
  ],
  [
    'nginxplusapiaddr = "127.0.0.1:8080"\nnginx_fail_timeout = "500ms"',
    ["n.toml:2: nginx_fail_timeout: is 500ms, but the API takes whole seconds only; round it"],
  ],
  [
    'nginxplusapiaddr = "127.0.0.1:8080"\nnginx_reload_disabled = true\nproxy_service = "/run/service/nginx"',
    [
      "n.toml:2: nginx_reload_disabled: makes proxy_service useless: nginx cannot be started with a configuration that is never written; remove one of the two",
    ],
  ],
  [
    'nginx_dns_address = "10.0.0.5:6053"',
    ["n.toml:1: nginx_dns_address: has 10.0.0.5, which is not a loopback address; give one, such as 127.0.0.1:6053"],
  ],
  [
    'nginx_upstream_updates = "dns"\nnginx_dns_address = "[::]:6053"',
    ["n.toml:2: nginx_dns_address: has ::, which is not a loopback address; give one, such as 127.0.0.1:6053"],
  ],
  [
    'nginx_template = "x"\nnginx_dns_address = "[::1]:6000"',
    [
      "n.toml:2: nginx_dns_address: has port 6000, which is also that of port, the internal API; give each its own port",
    ],
  ],
  [
    'proxy_port = 6053\nnginx_upstream_updates = "dns"',
    ["n.toml: nginx_dns_address: has port 6053, which is also that of proxy_port; give each its own port"],
  ],
  [
    'nginx_dns_address = "127.0.0.2:6001"',
    ["n.toml:1: nginx_dns_address: has port 6001, which is also that of nginx_status_address; give each its own port"],
  ],
  [
    'nginx_status_address = "[fe80::1%lo]:6001"',
    [
      'n.toml:1: nginx_status_address: names an interface, which nginx cannot be told by DNS; give an address without one, or set nginx_upstream_updates to "reload"',
    ],
  ],
  ['left_delimiter = "}}"', ["n.toml: right_delimiter: is the same as left_delimiter; make them differ"]],
  [
    'api_token = "x"\napi_token_file = "y"',
    ["n.toml:2: api_token_file: is set besides api_token; set only one of them"],
  ],
];

describe("keys that do not fit each other are refused", () => {
  for (const [source, expected] of refused) {
    test(source, async () => {
      assert.deepEqual(await problemsOf(() => parse(source + namespace)), expected);
    });
  }

  test("within and between namespaces", async () => {
    const source = `${namespace}pass = "s"\npass_file = "f"\nuser = "u"\nuser_file = "f"\naccess_token = "t"\naccess_token_file = "f"\ntls_ca_file = "c"\ntls_insecure_skip_verify = true${namespace}`;
    assert.deepEqual(await problemsOf(() => parse(source)), [
      'n.toml:14: name: "a" is also the name of another namespace; give each a name of its own',
      "n.toml:8: user_file: is set besides user; set only one of them",
      "n.toml:6: pass_file: is set besides pass; set only one of them",
      "n.toml:10: access_token_file: is set besides access_token; set only one of them",
      "n.toml:12: tls_insecure_skip_verify: makes tls_ca_file useless; remove it to verify with tls_ca_file, or remove tls_ca_file",
    ]);
  });
});

describe("what does not matter is not refused", () => {
  const fine = [
    'proxy_platform = "haproxy"\nnginx_reload_disabled = true',
    "haproxy_reload_disabled = true",
    'nginx_reload_disabled = true\nnginxplusapiaddr = "plus.example:8080"',
    'port = 7000\nnginx_template = "./nginx.tmpl"',
    'nginx_dns_address = "127.9.9.9:53"',
    'nginx_dns_address = "[0:0::1]:6053"',
    'nginx_dns_address = "10.0.0.5:6001"\nnginx_upstream_updates = "reload"\nnginx_status_address = "[fe80::1%lo]:6001"',
    'nginx_dns_address = "10.0.0.5:6001"\nnginxplusapiaddr = "127.0.0.1:8080"',
    'nginx_dns_address = "10.0.0.5:9010"\nproxy_platform = "haproxy"',
    "proxy_port = 6053",
    'proxy_platform = "haproxy"\nhaproxysocketaddr = "ipv6@::1:9999"\nhaproxy_reload_disabled = true',
  ];
  for (const source of fine) {
    test(source, () => {
      assert.equal(parse(source + namespace).config.namespaces.length, 1);
    });
  }
});
