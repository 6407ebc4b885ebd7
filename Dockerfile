# The image of functions/container. Two architectures at once:
#
#   docker buildx build --platform linux/amd64,linux/arm64 .
#
# The tests put a binary of their own in the place of the first stage, without any base image:
#
#   podman build --build-context builder=DIR .     with DIR/out/proxy-service

# The compiler runs on the machine's own architecture, whatever the image's.
FROM --platform=$BUILDPLATFORM rust:1.95-alpine@sha256:606fd313a0f49743ee2a7bd49a0914bab7deedb12791f3a846a34a4711db7ed2 AS builder
ARG TARGETARCH
WORKDIR /source
RUN case "$TARGETARCH" in \
      amd64) echo x86_64-unknown-linux-musl ;; \
      arm64) echo aarch64-unknown-linux-musl ;; \
      *) echo "no image for the architecture \"$TARGETARCH\"" >&2; exit 1 ;; \
    esac >/target \
 && rustup target add "$(cat /target)"
COPY Cargo.toml Cargo.lock ./
COPY src src
# `explain` prints from the one, `init` writes the other.
COPY docs/findings.md docs/
COPY functions functions
# Cargo wants to see every target that Cargo.toml names.
COPY tests/*.rs tests/
COPY release release
RUN cargo fetch --locked \
 && install -D -m 0755 "$(release/binary.sh "$(cat /target)")" /out/proxy-service

FROM scratch
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="proxy-service" \
      org.opencontainers.image.description="Puts an autoscaled pool of Envoy proxies in front of a Service, at build time: a KRM function for kustomize" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/proxy-service/proxy-service"
# kustomize says `--user nobody`, which is a name in this file.
COPY functions/container/image/passwd /etc/passwd
COPY --from=builder /out/proxy-service /proxy-service
USER 65534:65534
ENTRYPOINT ["/proxy-service"]
