# KAM's image: web, worker and beat are the same image with another command (see docker-compose.yml).
FROM node:24-bookworm-slim AS browser
WORKDIR /kam
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional

FROM python:3.12-slim-bookworm AS packages
WORKDIR /kam
COPY requirements.lock ./
RUN python -m venv /kam/.venv \
    && /kam/.venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

FROM python:3.12-slim-bookworm
ENV PATH=/kam/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 KAM_DATA=/data
RUN groupadd --gid 10001 kam \
    && useradd --uid 10001 --gid kam --home-dir /data --no-create-home kam \
    && install --directory --owner kam --group kam --mode 700 /data
WORKDIR /kam
COPY --from=packages /kam/.venv /kam/.venv
COPY --from=browser /kam/node_modules /kam/node_modules
COPY . .
# The folder's being there is what makes the settings name the files by their content; then the sources may go.
RUN python -c "import dev; dev.copy_vendor_files()" \
    && python manage.py translations --compile \
    && mkdir staticfiles \
    && python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf node_modules
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s CMD ["python", "-m", "kam.alive"]
CMD ["python", "-m", "gunicorn", "kam.wsgi:application", "--bind", "0.0.0.0:8000", "--preload", "--workers", "2", "--worker-class", "gthread", "--threads", "4", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
