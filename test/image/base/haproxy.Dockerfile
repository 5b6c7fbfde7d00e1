# Arranged like the official image, where our Dockerfile has to undo or to survive it.
FROM drove-gateway-test/forky-haproxy
RUN mv /usr/sbin/haproxy /usr/local/sbin/haproxy \
 && mkdir -p /usr/local/etc/haproxy \
 && printf '#!/bin/sh\nset -e\nif [ "$1" = haproxy ]; then shift; set -- haproxy -W -db "$@"; fi\nexec "$@"\n' >/usr/local/bin/docker-entrypoint.sh \
 && chmod +x /usr/local/bin/docker-entrypoint.sh
STOPSIGNAL SIGUSR1
ENTRYPOINT ["docker-entrypoint.sh"]
USER haproxy
WORKDIR /var/lib/haproxy
CMD ["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]
LABEL drove-gateway.stand-in=true
