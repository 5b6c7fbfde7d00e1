import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { readEnvironment } from "../../../agent/config/environment.ts";
import { environmentNamespace, overlayEnvironment, overlayNamespace } from "../../../agent/config/environment-layer.ts";
import { readToml } from "../../../agent/config/toml-layer.ts";
import { validateLayer } from "../../../agent/config/validate.ts";
import { problemsOf, thrown } from "../thrown.ts";

type Env = Readonly<Record<string, string>>;

const controllers = { DROVE_CONTROLLERS: "http://a:1" };
const oneNamespace = '[[namespaces]]\nname = "a"\ndrove = ["http://d:1"]\nrealm = "x.test"\n';

function layerOf(env: Env) {
  const settings = readEnvironment(env);
  return overlayEnvironment(environmentNamespace(settings), settings);
}

const configOf = (env: Env) => validateLayer(layerOf(env));
const namespaceOf = (env: Env) => configOf({ ...controllers, ...env }).namespaces[0];

function overFile(source: string, env: Env) {
  const settings = readEnvironment(env);
  const layer = overlayEnvironment(overlayNamespace(readToml(source, "n.toml"), settings), settings);
  return { config: validateLayer(layer), notes: layer.notes.map((note) => note.message) };
}

describe("environment mode", () => {
  test("the documented variables make one namespace", () => {
    const one = namespaceOf({
      DROVE_CONTROLLERS: " https://a:1 ,http://b:2,",
      NGINX_DROVE_VHOST: "drove.test",
      DROVE_USERNAME: "u",
      DROVE_PASSWORD: "p",
      DROVE_CLUSTER_NAME: "prod",
    });
    assert.deepEqual(one?.drove, ["https://a:1", "http://b:2"]);
    assert.deepEqual([one?.name, one?.leader_vhost, one?.user, one?.pass.reveal()], ["prod", "drove.test", "u", "p"]);
  });

  test("user and password are guest by default, also when the variables are empty", () => {
    const one = namespaceOf({ DROVE_USERNAME: "", DROVE_CLUSTER_NAME: "" });
    assert.deepEqual([one?.name, one?.user, one?.pass.reveal()], ["default", "guest", "guest"]);
  });

  test("with a token nobody is guest", () => {
    const one = namespaceOf({ DROVE_ACCESS_TOKEN: "O-Bearer T" });
    assert.deepEqual([one?.user, one?.pass.isSet, one?.access_token.reveal()], ["", false, "O-Bearer T"]);
  });

  test("a password file takes the place of guest", () => {
    const one = namespaceOf({ DROVE_PASSWORD_FILE: "/run/secrets/p", DROVE_USERNAME_FILE: "/run/secrets/u" });
    assert.deepEqual([one?.user, one?.pass.isSet], ["", false]);
    assert.deepEqual([one?.user_file, one?.pass_file], ["/run/secrets/u", "/run/secrets/p"]);
  });

  test("DROVE_GATEWAY_ variables set every sort of key", () => {
    const config = configOf({
      ...controllers,
      DROVE_GATEWAY_NGINX_IGNORE_CHECK: "Yes",
      DROVE_GATEWAY_STATE_PERSISTENCE_ENABLED: "0",
      DROVE_GATEWAY_API_TIMEOUT: " 2.5 ",
      DROVE_GATEWAY_PORT: "7100",
      DROVE_GATEWAY_TEMPLATE_PARTIALS: "a.eta, b/*.eta",
      DROVE_GATEWAY_API_TOKEN: "s",
      DROVE_GATEWAY_REALM_SUFFIX: ".x.test",
    });
    assert.deepEqual([config.nginx_ignore_check, config.state_persistence_enabled], [true, false]);
    assert.deepEqual([config.api_timeout, config.port], [2.5, 7100]);
    assert.deepEqual(config.template_partials, ["a.eta", "b/*.eta"]);
    assert.equal(config.api_token.reveal(), "s");
    assert.equal(config.namespaces[0]?.realm_suffix, ".x.test");
  });

  test("TEMPLATE_FILE_PATH is the template of the proxy at hand", () => {
    const nginx = configOf({ ...controllers, TEMPLATE_FILE_PATH: "/t.tmpl" });
    const haproxy = configOf({ ...controllers, TEMPLATE_FILE_PATH: "/t", DROVE_GATEWAY_PROXY_PLATFORM: "HAProxy" });
    assert.deepEqual([nginx.nginx_template, nginx.haproxy_template], ["/t.tmpl", ""]);
    assert.deepEqual([haproxy.nginx_template, haproxy.haproxy_template], ["", "/t"]);
  });

  test("any value reaches its key unchanged", () => {
    const value = fc.string({ unit: "binary", minLength: 1 }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(value, value, (password, user) => {
        const one = namespaceOf({ DROVE_PASSWORD: password, DROVE_USERNAME: user });
        assert.equal(one?.pass.reveal(), password);
        assert.equal(one?.user, user);
      }),
    );
  });
});

describe("errors name the variable, the reason and the way out", () => {
  const cases: readonly (readonly [Env, readonly string[]])[] = [
    [
      { DROVE_CONTROLLERS: "a:1,https://u:hidden@b" },
      [
        'DROVE_CONTROLLERS: must be a URL such as https://drove1.example:8080, without user or password in it (got "a:1"); correct it',
        'DROVE_CONTROLLERS: must be a URL such as https://drove1.example:8080, without user or password in it (got "https://[redacted]@b"); correct it',
      ],
    ],
    [
      { DROVE_CONTROLLERS: " , " },
      ["DROVE_CONTROLLERS: must name at least one controller (got an empty list); correct it"],
    ],
    [
      { ...controllers, DROVE_GATEWAY_API_TIMEOUT: "abc" },
      ['DROVE_GATEWAY_API_TIMEOUT: must be a number (got "abc"); correct it, or unset it for the default (10)'],
    ],
    [
      { ...controllers, DROVE_GATEWAY_NGINX_IGNORE_CHECK: "maybe" },
      [
        'DROVE_GATEWAY_NGINX_IGNORE_CHECK: must be true or false (got "maybe"); correct it, or unset it for the default (false)',
      ],
    ],
    [
      { ...controllers, DROVE_PASSWORD: "hidden", DROVE_PASSWORD_FILE: "/p" },
      ["DROVE_PASSWORD_FILE: is set besides pass; set only one of them"],
    ],
    [
      { ...controllers, DROVE_USERNAME: "u", DROVE_GATEWAY_USER: "v" },
      ["DROVE_GATEWAY_USER: says the same as DROVE_USERNAME; set only one of them"],
    ],
  ];
  for (const [env, expected] of cases) {
    test(Object.keys(env).join(" "), async () => {
      assert.deepEqual(await problemsOf(() => configOf(env)), expected);
    });
  }
});

describe("over a file", () => {
  test("DROVE_GATEWAY_ variables win, and errors in them name the variable", async () => {
    const { config, notes } = overFile(`port = 1${"\n"}${oneNamespace}`, {
      DROVE_GATEWAY_PORT: "2",
      DROVE_GATEWAY_REALM: "y.test",
    });
    assert.deepEqual([config.port, config.namespaces[0]?.realm, notes], [2, "y.test", []]);
    const error = await thrown(() => overFile(`port = 1\n${oneNamespace}`, { DROVE_GATEWAY_PORT: "x" }));
    assert.match(error.message, /^DROVE_GATEWAY_PORT: must be a port/);
  });

  test("what a variable does not set keeps its line", async () => {
    const error = await thrown(() => overFile(`${oneNamespace}user = 5`, { DROVE_GATEWAY_REALM: "y.test" }));
    assert.equal(error.message, "n.toml:5: user: must be a string (got 5); correct it");
  });

  test("keys of a namespace are ignored when there are several", () => {
    const two = `${oneNamespace}[[namespaces]]\nname = "b"\ndrove = ["http://e"]`;
    const { config, notes } = overFile(two, { DROVE_GATEWAY_REALM: "y.test" });
    assert.deepEqual(
      config.namespaces.map((one) => one.realm),
      ["x.test", ""],
    );
    assert.match(notes.join(), /^DROVE_GATEWAY_REALM: is ignored, because it is a key of a namespace/);
  });

  test("variables of environment mode are ignored, with a note", () => {
    const { config, notes } = overFile(oneNamespace, { DROVE_PASSWORD: "hidden", ...controllers });
    assert.deepEqual(config.namespaces[0]?.drove, ["http://d:1"]);
    assert.deepEqual(notes, [
      "DROVE_PASSWORD: is ignored, because n.toml is used; unset it",
      "DROVE_CONTROLLERS: is ignored, because n.toml is used; unset it",
    ]);
  });
});

describe("unknown variables", () => {
  const notesOf = (env: Env) => readEnvironment(env).notes.map((note) => note.message);

  test("ours are noted, with the nearest", () => {
    assert.deepEqual(notesOf({ DROVE_GATEWAY_NGINX_TEMPALTE: "x", DROVE_PASWORD: "y", DROVE_GATEWAY_ZEBRA: "z" }), [
      "DROVE_GATEWAY_NGINX_TEMPALTE: is not a known variable and is ignored; did you mean DROVE_GATEWAY_NGINX_TEMPLATE?",
      "DROVE_PASWORD: is not a known variable and is ignored; did you mean DROVE_PASSWORD?",
      "DROVE_GATEWAY_ZEBRA: is not a known variable and is ignored; unset it",
    ]);
  });

  test("those of Drove, Nomad, Kubernetes and the image are not", () => {
    const env = {
      DROVE_EXECUTOR_HOST: "e",
      DROVE_INSTANCE_ID: "i",
      DROVE_APP_NAME: "n",
      DROVE_GATEWAY_SERVICE_HOST: "10.0.0.1",
      DROVE_GATEWAY_SERVICE_PORT_HTTP: "6000",
      DROVE_GATEWAY_PORT_6000_TCP_ADDR: "10.0.0.1",
      DROVE_CONTROLLER_PORT: "tcp://10.0.0.1:1",
      DROVE_GATEWAY_UI_PORT: "tcp://10.0.0.1:2",
      DROVE_GATEWAY_NOTIFY_FD: "3",
      DROVE_GATEWAY_DEFAULTS: "/d.toml",
      NOMAD_ADDR: "x",
      PATH: "/bin",
    };
    assert.deepEqual(notesOf(env), []);
  });

  test("Kubernetes' DROVE_GATEWAY_PORT is not our port", () => {
    const layer = layerOf({ ...controllers, DROVE_GATEWAY_PORT: "tcp://10.3.2.1:6000" });
    assert.equal(validateLayer(layer).port, 6000);
    assert.match(layer.notes[0]?.message ?? "", /^DROVE_GATEWAY_PORT: was set by Kubernetes/);
  });
});
