/** Answers that are JSON, come with 200, and are not what the API promises. */
export const wrongEnvelopes = {
  failed: { status: "FAILED", data: null, message: "Something is wrong in here" },
  "data-null": { status: "SUCCESS", data: null, message: "success" },
  "data-missing": { status: "SUCCESS", message: "success" },
  "data-string": { status: "SUCCESS", data: "{}", message: "success" },
  "data-number": { status: "SUCCESS", data: 7, message: "success" },
  "data-object": { status: "SUCCESS", data: { apps: [] }, message: "success" },
  "data-list-of-lists": { status: "SUCCESS", data: [[[]]], message: "success" },
  "events-of-strings": { status: "SUCCESS", data: { eventsCount: { APP_STATE_CHANGE: "1" }, lastSyncTime: "soon" } },
  "status-missing": { data: [], message: "success" },
  "status-unknown": { status: "MAYBE", data: [], message: "success" },
  "a-list": [],
  null: null,
} as const satisfies Record<string, unknown>;

export type WrongEnvelope = keyof typeof wrongEnvelopes;

const sound = {
  appName: "sound",
  appId: "sound-1.0.0",
  vhost: "sound.test",
  tags: null,
  hosts: [{ host: "127.0.0.1", port: 31_000, portType: "HTTP" }],
};

/** Entries of the list of apps of which none can be read as an app. `appId` tells them apart where there is one. */
export const malformedApps: readonly unknown[] = [
  null,
  42,
  "an app",
  [],
  {},
  { ...sound, appId: undefined },
  { ...sound, appId: 7 },
  { ...sound, appId: "vhost-missing-1", vhost: undefined },
  { ...sound, appId: "vhost-null-1", vhost: null },
  { ...sound, appId: "vhost-number-1", vhost: 80 },
  { ...sound, appId: "tags-list-1", tags: ["blue"] },
  { ...sound, appId: "tags-nested-1", tags: { colour: { is: "blue" } } },
  { ...sound, appId: "hosts-missing-1", hosts: undefined },
  { ...sound, appId: "hosts-object-1", hosts: {} },
  { ...sound, appId: "hosts-null-inside-1", hosts: [null] },
  { ...sound, appId: "port-string-1", hosts: [{ host: "127.0.0.1", port: "31000", portType: "HTTP" }] },
  { ...sound, appId: "port-fraction-1", hosts: [{ host: "127.0.0.1", port: 31_000.5, portType: "HTTP" }] },
  { ...sound, appId: "port-missing-1", hosts: [{ host: "127.0.0.1", portType: "HTTP" }] },
  { ...sound, appId: "host-number-1", hosts: [{ host: 127, port: 31_000, portType: "HTTP" }] },
  { ...sound, appId: "port-type-null-1", hosts: [{ host: "127.0.0.1", port: 31_000, portType: null }] },
];

/** Strings that Drove lets through as a vhost, tag or host and that must never reach a proxy's configuration raw. */
export const hostileStrings: readonly string[] = [
  "a.test; } server { listen 81;",
  "a.test\nserver b.test",
  'a"b.test',
  "a b.test",
  "a.test\u0000",
  "a.test#",
  "$host",
  "a.test\\",
  "~^.*$",
  "*",
  "..",
  "-a.test",
  "\ud800.test",
  "\u202etset.a",
  `${"a".repeat(300)}.test`,
  `${"a".repeat(64)}.test`,
  "{{ .Xproxy }}",
  "<%= it %>",
  "../../etc/passwd",
  " ",
];
