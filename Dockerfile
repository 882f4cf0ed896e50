# Builds in one stage, runs in another: the image holds no compiler, no tests and no development dependencies.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json tsconfig.json tsconfig.build.json ./
RUN npm ci
COPY src ./src
RUN npm run build && npm prune --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY bin ./bin
# `mutual ca export --p12` uses the openssl program.
RUN apt-get update && apt-get install -y --no-install-recommends openssl && rm -rf /var/lib/apt/lists/* \
  && ln -s /app/bin/mutual.js /usr/local/bin/mutual && mkdir /certs && chown node:node /certs
USER node
EXPOSE 8443
# Healthy means: the gateway accepts connections. It is told where by MUTUAL_HEALTH_PORT.
ENV MUTUAL_HEALTH_PORT=8443
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "-e", "require('node:net').connect(process.env.MUTUAL_HEALTH_PORT, '127.0.0.1').on('connect', () => process.exit(0)).on('error', () => process.exit(1))"]
ENTRYPOINT ["mutual"]
CMD ["run", "-c", "/etc/mutual/mutual.yaml"]
