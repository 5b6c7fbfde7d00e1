/** On the base image that the Dockerfile names. Built by ../build.sh. */
export const defaultImage = process.env["DROVE_GATEWAY_TEST_IMAGE"] ?? "drove-gateway-test:nginx";

/** On a plain Debian, with Debian's nginx. */
export const debianImage = process.env["DROVE_GATEWAY_TEST_DEBIAN_IMAGE"] ?? "drove-gateway-test:nginx-debian";
