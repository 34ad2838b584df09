# The server as an image: docker build -t fascicolo .
# Runs as a user without rights, listens on all addresses, keeps its data and signing key in the volume /data.
# PUBLIC_BASE_URL has to be set: the FHIR base as clients see it, such as https://fse.example.it/fhir.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No scripts: they would compile the better-sqlite3 of Node 20, which this Node does not load.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json .tsconfig.build.json ./
COPY src src
COPY seed seed
COPY profiles profiles
COPY conformance conformance
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/profiles profiles
COPY --from=build /app/conformance conformance
RUN mkdir /data && chown node:node /data
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATA_DIR=/data
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/readyz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--enable-source-maps", "dist/src/main.js"]
CMD ["serve"]
