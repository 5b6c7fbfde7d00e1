/** One proxy's images, built by ../build.sh. */
export interface ProxyImages {
  readonly proxy: "nginx" | "haproxy";
  /** On the base image that the Dockerfile names. */
  readonly image: string;
  /** On a plain Debian, with Debian's proxy. */
  readonly debian: string;
  /** How the titles of the proxy's processes begin. */
  readonly titles: readonly string[];
}

export const nginx: ProxyImages = {
  proxy: "nginx",
  image: "drove-gateway-test:nginx",
  debian: "drove-gateway-test:nginx-debian",
  titles: ["nginx: master", "nginx: worker"],
};

export const haproxy: ProxyImages = {
  proxy: "haproxy",
  image: "drove-gateway-test:haproxy",
  debian: "drove-gateway-test:haproxy-debian",
  titles: ["haproxy "],
};

/** What both do is tested with both. */
export const proxies: readonly ProxyImages[] = [nginx, haproxy];
