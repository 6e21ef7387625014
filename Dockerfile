# Two stages: the first may build, the second only runs. Every dependency is pinned by hash in requirements.txt.

FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /source

# The dependencies change less often than the code: they have a layer of their own.
COPY requirements-build.txt requirements.txt ./
RUN python -m venv /build && \
    /build/bin/pip install --no-deps --require-hashes -r requirements-build.txt && \
    /build/bin/pip wheel --no-deps --no-build-isolation --require-hashes -r requirements.txt -w /wheels

COPY pyproject.toml README.md LICENSE ./
COPY telemetry telemetry
COPY pipeline pipeline
COPY service service
RUN /build/bin/pip wheel --no-deps --no-build-isolation . -w /wheels && \
    python -m venv /opt/liveness && \
    /opt/liveness/bin/pip install --no-deps --no-index /wheels/*.whl && \
    /opt/liveness/bin/pip uninstall --yes pip


FROM python:3.13-slim-bookworm
COPY --from=build /opt/liveness /opt/liveness
ENV PATH=/opt/liveness/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LIVENESS_HOST=0.0.0.0 \
    LIVENESS_PORT=8080 \
    LIVENESS_MODEL_DIR=/models \
    LIVENESS_UPLOAD_DIR=/data/uploads \
    LIVENESS_TRACES_DIR=/data/traces \
    LIVENESS_PERFORMANCE_LOG=/data/logs/performance.log \
    LIVENESS_FACEMATCH_LOG=/data/logs/facematch.log

# The folders exist with the right owner, so that a new volume mounted there takes it over.
RUN useradd --system --uid 10001 --no-create-home liveness && \
    install --directory --owner=liveness --group=liveness /models /data /data/uploads /data/traces /data/logs
WORKDIR /data
USER liveness
VOLUME ["/models", "/data"]
EXPOSE 8080

# Ready means: every worker has loaded its models, and there is room for uploads.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"LIVENESS_PORT\"]}/readyz', timeout=4)"]

# liveness serve finishes what runs on SIGTERM, which is what docker stop sends.
CMD ["liveness", "serve"]
