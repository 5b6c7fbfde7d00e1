import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { differencesToGo } from "../../../agent/cli/differences.ts";
import { parseConfig } from "../../../agent/config/parse.ts";

const controllers = 'name = "prod"\ndrove = ["https://drove.test:8080"]';

function differences(toml: string, { source = "nixy.toml", path = "/a/nginx.tmpl", text = "" } = {}): string {
  const { config, notes } = parseConfig(toml, source);
  return differencesToGo({ config, notes, source, template: { path, text } }).join("\n");
}

describe("a configuration of the Go gateway is told", () => {
  test("that certificates are verified, unless that is settled", () => {
    const told = /^namespace prod: certificates of controllers are verified/m;
    const with_ = (line: string) => differences(`[[namespaces]]\n${controllers}\n${line}`);
    assert.match(with_(""), told);
    assert.doesNotMatch(with_('tls_ca_file = "/a/ca.pem"'), told);
    assert.doesNotMatch(with_("tls_insecure_skip_verify = true"), told);
    assert.doesNotMatch(differences('[[namespaces]]\nname = "a"\ndrove = ["http://a.test"]'), told);
  });

  test("that realm_suffix alone filters now", () => {
    const told = /realm_suffix = "\.a\.test" filters/;
    assert.match(differences(`[[namespaces]]\n${controllers}\nrealm_suffix = ".a.test"`), told);
    assert.doesNotMatch(
      differences(`[[namespaces]]\n${controllers}\nrealm_suffix = ".a.test"\nrealm = "b.test"`),
      told,
    );
  });

  test("which template is used, and what of its own reads otherwise", () => {
    assert.match(
      differences(`[[namespaces]]\n${controllers}`),
      /^nginx_template is not set: .*\.\/nginx-header\.tmpl/m,
    );
    const toml = `nginx_template = "a.tmpl"\n[[namespaces]]\n${controllers}`;
    const text = "{{range .Apps}}{{hasSuffix .Vhost `.a`}}{{end}}";
    assert.match(differences(toml, { text }), /hasSuffix: it looks at the end/);
    assert.match(differences(toml, { text }), /range over \.Vhosts/);
    assert.doesNotMatch(differences(toml, { text: "{{range .Vhosts}}{{end}}" }), /hasSuffix|range over/);
  });

  test("that servers of HAProxy drain", () => {
    const toml = `proxy_platform = "haproxy"\nhaproxysocketaddr = "/a.sock"\n[[namespaces]]\n${controllers}`;
    assert.match(differences(toml), /finishes its requests first, for at most 30 s/);
  });
});

describe("it is known by", () => {
  const toml = `[[namespaces]]\n${controllers}`;
  const eta = { source: "gateway.toml", path: "/a/nginx.conf.eta" };

  test("its name, a Go template, or old keys", () => {
    assert.notEqual(differences(toml, { ...eta, source: "/etc/nixy.toml" }), "");
    assert.notEqual(differences(toml, { ...eta, path: "/a/b.tmpl" }), "");
    assert.notEqual(differences(`maxfailsupstream = 1\n${toml}`, eta), "");
    assert.notEqual(differences(`${toml}\n[statsd]\naddr = "a"`, eta), "");
  });

  test("and anything else is told nothing", () => assert.equal(differences(toml, eta), ""));
});
