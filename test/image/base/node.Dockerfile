FROM debian:trixie-slim
COPY usr /usr
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
RUN printf 'cafile=/etc/ssl/certs/ca-certificates.crt\nupdate-notifier=false\n' >/usr/local/etc/npmrc \
 && useradd --uid 1000 --create-home --shell /bin/bash node
CMD ["node"]
LABEL drove-gateway.stand-in=true
