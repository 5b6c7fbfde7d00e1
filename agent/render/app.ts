import type { Config } from "../config/schema.ts";
import { upstreamServers } from "./dns-data.ts";
import type { AppData, GroupData, HostData, NginxDnsData, ServingData } from "./template-data.ts";

/**
 * The data of an app. A class, so that all share the getter of what is made only for templates that ask for it: thousands
 * of objects with a getter each have no shape in common, and are slow to make and to read. Copies (`{ ...app }`) lack it.
 */
export class App implements AppData {
  readonly ID: string;
  readonly Vhost: string;
  readonly Hosts: readonly HostData[];
  readonly Tags: Readonly<Record<string, string>>;
  readonly Comment: string;
  readonly Serving: ServingData;
  readonly DnsName: string;
  readonly HealthCheck: string;
  readonly Groups: Readonly<Record<string, GroupData>>;
  readonly RoutingTagKey: string;
  readonly IDs: readonly string[];
  readonly #about: { readonly config: Config; readonly dns: NginxDnsData };

  constructor(own: Omit<AppData, "UpstreamServers">, about: { readonly config: Config; readonly dns: NginxDnsData }) {
    this.ID = own.ID;
    this.Vhost = own.Vhost;
    this.Hosts = own.Hosts;
    this.Tags = own.Tags;
    this.Comment = own.Comment;
    this.Serving = own.Serving;
    this.DnsName = own.DnsName;
    this.HealthCheck = own.HealthCheck;
    this.Groups = own.Groups;
    this.RoutingTagKey = own.RoutingTagKey;
    this.IDs = own.IDs;
    this.#about = about;
  }

  get UpstreamServers(): string {
    return upstreamServers(this, this.#about);
  }
}
