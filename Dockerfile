# The service without a database: set SWITCHBOARD_DB. docker-compose.yml has both.

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY Directory.Build.props Directory.Packages.props .editorconfig BannedSymbols.txt ./
COPY engine engine
COPY workflows workflows
COPY rules rules
RUN dotnet publish engine/Host -c Release -o /app

FROM node:22-bookworm-slim AS scripts
WORKDIR /worker
COPY engine/Runtime/Scripts/worker ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

FROM node:22-bookworm-slim AS designer
WORKDIR /designer
COPY engine/Host/Designer/package.json engine/Host/Designer/package-lock.json engine/Host/Designer/.npmrc ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

FROM node:22-bookworm-slim AS studio
WORKDIR /source/studio
COPY studio/package.json studio/package-lock.json studio/.npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY docs ../docs
COPY rules/Rete/rule-set.schema.json ../rules/Rete/
COPY engine/Runtime/Artefacts/Kinds/form.schema.json ../engine/Runtime/Artefacts/Kinds/
COPY studio ./
RUN npm run build

FROM mcr.microsoft.com/dotnet/aspnet:10.0
RUN apt-get update \
    && apt-get install --yes --no-install-recommends curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin switchboard \
    && install --directory --owner=switchboard --group=switchboard /data
COPY --from=scripts /usr/local/bin/node /usr/local/bin/node
COPY --from=build /app /app
COPY --from=scripts /worker /app/Scripts/worker
COPY --from=designer /designer /app/designer
COPY --from=studio /source/studio/package.json /app/studio/package.json
COPY --from=studio /source/studio/dist /app/studio/dist
ENV SWITCHBOARD_URL=http://0.0.0.0:8080 SWITCHBOARD_DATA=/data DOTNET_EnableDiagnostics=0 DOTNET_GCgen0size=0x4000000
USER 10001
WORKDIR /app
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:8080/health/ready"]
ENTRYPOINT ["dotnet", "/app/switchboard.dll"]
CMD ["serve"]
