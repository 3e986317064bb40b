# Sluice: one image for the worker and for every `sluice` command.
#   docker build -t sluice:0.1.0 .
#   docker run --rm sluice:0.1.0 --help
#
# Pinned by version. To pin by content too, append the digest that `docker buildx imagetools inspect` names.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# `npm install`, not `npm ci`: the lock lacks optional packages of other platforms, which `npm ci` refuses.
# .npmrc switches install scripts off; no package that is needed at run time has one.
RUN npm install --omit=dev --no-save
# The Temporal SDK brings its native part for five platforms, of which two are this image's.
RUN find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 ! -name '*-unknown-linux-gnu' -exec rm -r {} +
COPY config.ts ./
COPY activities ./activities
COPY bin ./bin
COPY brevo ./brevo
COPY cli ./cli
COPY db ./db
COPY domain ./domain
COPY events ./events
COPY local ./local
COPY mail ./mail
COPY reports ./reports
COPY schedules ./schedules
COPY templates ./templates
COPY workers ./workers
COPY workflows ./workflows
COPY deploy/healthcheck.ts ./deploy/
# Bundled now, so that a worker starts in half the time and needs no writable folder for it.
ENV SLUICE_HOME=/var/lib/sluice
RUN node --input-type=module --eval "import { workflowBundle } from './workers/bundle.ts'; await workflowBundle(process.env.SLUICE_HOME)"

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
ENV SLUICE_HOME=/var/lib/sluice
# The heap; native memory of the Temporal SDK comes on top. Keep it well below the container's limit.
ENV NODE_OPTIONS=--max-old-space-size=512
WORKDIR /app
COPY --from=build /app ./
# The image brings the user `node` (1000). It owns no code, only the folder that commands may write to.
COPY --from=build --chown=node:node /var/lib/sluice /var/lib/sluice
USER node
# Healthy: Temporal sees this very container asking for work. Containers that run a single command switch it off.
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s --retries=3 CMD ["node", "deploy/healthcheck.ts"]
# The worker ends on SIGTERM by itself: it takes no new work and gives what is under way 30 seconds.
# As process 1 it would have to reap children, too: run it with --init (docker-compose.yml does).
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "cli/main.ts"]
CMD ["worker"]
