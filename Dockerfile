# The action's image: the binary, and what a repository's own install and test commands need.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
# Dependencies first, so that a change of our code does not build them again.
COPY Cargo.toml Cargo.lock rust-toolchain.toml ./
RUN mkdir -p src tests/black_box benches \
    && echo 'fn main() {}' > src/main.rs \
    && touch src/lib.rs tests/black_box/main.rs && echo "fn main() {}" > benches/plan.rs \
    && cargo build --release --locked \
    && rm -r src target/release/airlock target/release/deps/*airlock*
COPY src ./src
COPY docs ./docs
RUN touch src/main.rs src/lib.rs && cargo build --release --locked

FROM node:22-bookworm-slim AS node

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Airlock" \
      org.opencontainers.image.description="Tests, previews, promotes and deploys integrations and pipelines kept as code." \
      org.opencontainers.image.licenses="Apache-2.0"
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates git python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
    && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \
    && ln -s ../lib/node_modules/corepack/dist/corepack.js /usr/local/bin/corepack \
    && corepack enable pnpm yarn
# uv is one static binary; the wheel carries it.
RUN python3 -m venv /opt/uv \
    && /opt/uv/bin/pip install --no-cache-dir uv==0.13.8 \
    && ln -s /opt/uv/bin/uv /usr/local/bin/uv
COPY --from=build /build/target/release/airlock /usr/local/bin/airlock
# As root, as GitHub's runner expects of a container action: it owns the workspace it mounts. No shell in between: one would
# drop the inputs, whose names hold hyphens. The binary handles the signals of PID 1 itself.
ENTRYPOINT ["/usr/local/bin/airlock"]
