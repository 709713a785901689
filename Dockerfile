# Two images from one file. The default target has what a repository's own install and test commands need: git, Node, npm,
# Python, uv. The target `slim` has the binary, git and certificates, for jobs that plan and deploy what was tested elsewhere.
#
# Bases are named by tag and digest; .github/dependabot.yml moves both, a few days after they appear. Where no registry can be
# reached, `scripts/image --base NAME:TAG=IMAGE` puts other images in their place. Nothing here depends on the architecture.

FROM rust:1.95-slim-bookworm@sha256:d7482085ff5b415f84dba5647ae71606650bdef00db7aeb69f4b3d170c3e4082 AS toolchain

FROM toolchain AS build
WORKDIR /build
# The base is the toolchain's pin. rust-toolchain.toml stays out: with it rustup would fetch formatters that nobody needs here.
# Dependencies first, so that a change of our code does not build them again.
COPY Cargo.toml Cargo.lock ./
RUN mkdir -p src tests/black_box benches \
    && echo 'fn main() {}' > src/main.rs \
    && cp src/main.rs benches/plan.rs && cp src/main.rs tests/black_box/main.rs && touch src/lib.rs \
    && cargo build --release --locked \
    && rm -r src target/release/airlock target/release/deps/*airlock* target/release/.fingerprint/airlock-*
COPY src ./src
RUN cargo build --release --locked

# uv is one static binary; the wheel carries it.
FROM toolchain AS uv
COPY .ci/image.txt /
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3-pip \
    && pip install --no-cache-dir --only-binary :all: --require-hashes --target /opt/uv --requirement /image.txt

FROM node:22-bookworm-slim@sha256:43ac6c60b8f89723f746e8a92ce91abd5017e627ce1ddfe4238355d3a30b772c AS node

FROM debian:bookworm-slim@sha256:88200866dfff7ea7f5cbcb6ec7c8a701889efe6fe859fe64d6990e4b07ea4171 AS base
# The user that code of the repository runs as: it owns nothing, here or in what the runner mounts.
RUN echo 'airlock-tree:x:46999:46999::/nonexistent:/usr/sbin/nologin' >> /etc/passwd \
    && echo 'airlock-tree:x:46999:' >> /etc/group

FROM base AS slim
ARG VERSION=0.0.0-unreleased
ARG REVISION=unknown
ARG SOURCE=https://github.com/OWNER/airlock
LABEL org.opencontainers.image.title="Airlock (slim)" \
      org.opencontainers.image.description="Plans, promotes and deploys integrations and pipelines kept as code; tests run elsewhere." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.vendor="The Airlock authors" \
      org.opencontainers.image.base.name="docker.io/library/debian:bookworm-slim" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.url="${SOURCE}" \
      org.opencontainers.image.documentation="${SOURCE}#readme" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Of git the plumbing and HTTPS; the packages stay on dpkg's books, so that scanners see their versions. Perl is what git's
# porcelain is written in, which nobody starts here; openssl's own program has done its part once the certificates are installed.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        -o Dpkg::Options::=--path-exclude=/usr/share/perl/* \
        -o Dpkg::Options::=--path-exclude=/usr/share/perl5/* \
        -o Dpkg::Options::=--path-exclude=/usr/lib/*/perl/* \
        -o Dpkg::Options::=--path-exclude=/usr/lib/*/perl5/* \
        -o Dpkg::Options::=--path-exclude=/usr/lib/*/libperl.so* \
        -o Dpkg::Options::=--path-exclude=/usr/lib/git-core/* \
        -o Dpkg::Options::=--path-include=/usr/lib/git-core/git-remote-http* \
        -o Dpkg::Options::=--path-exclude=/usr/share/bash-completion/* \
        -o Dpkg::Options::=--path-exclude=/usr/share/gitweb/* \
        -o Dpkg::Options::=--path-exclude=/usr/share/git-core/contrib/* \
        -o Dpkg::Options::=--path-exclude=/usr/bin/git-shell \
        -o Dpkg::Options::=--path-exclude=/usr/bin/scalar \
        ca-certificates git \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/debconf/* /var/log/*.log /var/log/apt \
        /usr/bin/openssl /var/lib/dpkg/info/*.symbols
COPY --from=build /build/target/release/airlock /usr/local/bin/airlock
# As root, as GitHub's runner expects of a container action: it owns the workspace it mounts. No shell in between: one would
# drop the inputs, whose names hold hyphens. The binary handles the signals of PID 1 itself.
ENTRYPOINT ["/usr/local/bin/airlock"]

FROM base AS full
ARG VERSION=0.0.0-unreleased
ARG REVISION=unknown
ARG SOURCE=https://github.com/OWNER/airlock
LABEL org.opencontainers.image.title="Airlock" \
      org.opencontainers.image.description="Tests, previews, promotes and deploys integrations and pipelines kept as code." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.vendor="The Airlock authors" \
      org.opencontainers.image.base.name="docker.io/library/debian:bookworm-slim" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.url="${SOURCE}" \
      org.opencontainers.image.documentation="${SOURCE}#readme" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates git python3 python3-venv \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/debconf/*-old /var/log/*.log /var/log/apt
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
    && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \
    && ln -s ../lib/node_modules/corepack/dist/corepack.js /usr/local/bin/corepack \
    && corepack enable pnpm yarn
COPY --from=uv /opt/uv/bin/uv /opt/uv/bin/uvx /usr/local/bin/
COPY --from=build /build/target/release/airlock /usr/local/bin/airlock
# As above.
ENTRYPOINT ["/usr/local/bin/airlock"]
