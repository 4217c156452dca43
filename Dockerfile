# One static program on an empty file system. The time zones are compiled into it; the certificates of the usual
# authorities, which it needs to talk to a gateway, come from the build image.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download && go mod verify
COPY . .
ARG VERSION=development
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/usr/local/bin/loa ./cmd/loa \
    && mkdir -p /out/etc/ssl/certs /out/data /out/tmp \
    && cp /etc/ssl/certs/ca-certificates.crt /out/etc/ssl/certs/ \
    && printf 'loa:x:65532:65532:loa:/data:/nonexistent\n' > /out/etc/passwd \
    && printf 'loa:x:65532:\n' > /out/etc/group \
    && chown 65532:65532 /out/data && chmod 0700 /out/data && chmod 1777 /out/tmp

FROM scratch
COPY --from=build /out/ /
USER 65532:65532
# The only folder that is written to, beside /tmp for uploads: the rest of the file system may be read-only.
ENV LOA_DATA_DIR=/data
VOLUME ["/data"]
# Staff API, answer pages, providers' callbacks. Loa listens on loopback unless LOA_LISTEN, LOA_PUBLIC_LISTEN and
# LOA_INBOUND_LISTEN say otherwise.
EXPOSE 8420 8421 8422
# No HEALTHCHECK: nothing in here could ask. Ask GET /healthz and /readyz on port 8420 from outside.
ENTRYPOINT ["/usr/local/bin/loa"]
CMD ["serve"]
