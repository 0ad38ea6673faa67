# The image of the server and the worker: `causal-gym` on Debian, as a user without rights, on port 8501 and, for metrics, 8090.
#
#   docker build -t causal-gym/app:0.1.0 .                                     compiles the program
#   docker build --build-arg PROGRAM=prebuilt -t causal-gym/app:0.1.0 .        takes build/release/bin/causal-gym (with BuildKit)
#
# BASE_IMAGE is any Debian 12, best named by its digest; ops/compose/make_base makes one without a registry.
ARG BASE_IMAGE=debian:bookworm-slim
ARG PROGRAM=compiled

FROM ${BASE_IMAGE} AS compiled
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    cmake g++ libboost1.81-dev libcli11-dev libcurl4-openssl-dev libeigen3-dev libexpected-dev libfmt-dev libhiredis-dev \
    libjwt-dev libpq-dev libpugixml-dev libqrencode-dev libsodium-dev libspdlog-dev libsqlite3-dev libssl-dev libtomlplusplus-dev \
    libyaml-cpp-dev libzxcvbn-dev mold ninja-build nlohmann-json3-dev prometheus-cpp-dev zlib1g-dev \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
WORKDIR /source
COPY . .
RUN cmake --preset release -DCAUSAL_GYM_TESTS=OFF --log-level=WARNING \
  && cmake --build --preset release --target causal-gym \
  && install -D -s build/release/bin/causal-gym /program/causal-gym

FROM ${BASE_IMAGE} AS prebuilt
COPY build/release/bin/causal-gym /program/causal-gym

# hadolint's DL3006 is about images; this is a stage above.
FROM ${PROGRAM} AS program

FROM ${BASE_IMAGE} AS app
ARG STACK_UID=10001
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="causal-gym" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.licenses="BSD-3-Clause"
# A base lags behind Debian's security updates until it is made anew.
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get upgrade -y --no-install-recommends \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    ca-certificates libcurl4 libfmt9 libhiredis0.14 libjwt0 libpq5 libprometheus-cpp-core1.0 libpugixml1v5 libqrencode4 libsodium23 \
    libspdlog1.10 libsqlite3-0 libssl3 libstdc++6 libyaml-cpp0.7 libzxcvbn0 zlib1g \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old \
  && groupadd --gid "${STACK_UID}" causal-gym \
  && useradd --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin --gid "${STACK_UID}" --uid "${STACK_UID}" causal-gym \
  && install -d -o causal-gym -g causal-gym -m 0700 /run/causal-gym /var/lib/causal-gym
COPY --from=program /program/causal-gym /usr/local/bin/causal-gym
COPY ops/compose/probe ops/compose/app/start /usr/local/bin/
COPY LICENSE /usr/share/doc/causal-gym/copyright
USER ${STACK_UID}
WORKDIR /var/lib/causal-gym
EXPOSE 8501 8090
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 CMD ["probe", "http", "127.0.0.1", "8501", "/ready"]
ENTRYPOINT ["start"]
CMD ["serve"]
