# Arranged like the official image, where our Dockerfile has to undo or to survive it.
FROM drove-gateway-test/forky-nginx
RUN groupadd --system --gid 101 nginx \
 && useradd --system --uid 101 --gid nginx --no-create-home --home-dir /nonexistent --shell /bin/false nginx \
 && ln -sf /dev/stdout /var/log/nginx/access.log \
 && ln -sf /dev/stderr /var/log/nginx/error.log \
 && mkdir /docker-entrypoint.d \
 && printf '#!/bin/sh\nexec "$@"\n' >/docker-entrypoint.sh \
 && chmod +x /docker-entrypoint.sh
ENTRYPOINT ["/docker-entrypoint.sh"]
EXPOSE 80
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
LABEL drove-gateway.stand-in=true
