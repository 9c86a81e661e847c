/**
 * Tells data stores, tools of developers, proxies and services that act on the outside, by their images and names.
 *
 * @module
 */

import { readImageName } from "../image_name.ts";

/** The kind of a service that is not an application of its own. */
export type ServiceKind = "data store" | "tool" | "proxy";

/** The facts by which a service is recognized. */
interface Recognized {
  name: string;
  /** As the file gives it. */
  image: string | undefined;
  /** Whether the file builds it: then the name of its image is the project's own. */
  isBuilt: boolean;
}

/** Words in names of images, by the kind of service; some are two words. */
const DATA_STORES = words(`
  postgres postgresql postgis timescale timescaledb pgvector pgbouncer pgpool citus spilo supabase-postgres
  mysql mariadb percona galera proxysql mssql sqlserver azure-sql-edge sql-edge oracle oracle-xe oracle-free db2 firebird
  cockroach cockroachdb yugabyte tidb tikv vitess vtgate
  mongo mongodb couchdb couchbase ferretdb documentdb rethinkdb arangodb orientdb ravendb dgraph neo4j memgraph janusgraph
  nebula surrealdb edgedb gel eventstore eventstoredb kurrentdb immudb
  redis valkey keydb dragonfly dragonflydb memcached hazelcast ignite aerospike
  rabbitmq activemq artemis nats nats-streaming kafka zookeeper redpanda pulsar mosquitto emqx hivemq vernemq nsq nsqd
  beanstalkd gearmand schema-registry ksqldb kafka-connect elasticmq goaws statsd
  elasticsearch opensearch solr meilisearch typesense manticore manticoresearch sphinxsearch sonic quickwit zinc zincsearch vespa
  cassandra scylla scylladb hbase clickhouse druid pinot trino presto hive namenode datanode
  influxdb questdb victoriametrics victoria-metrics graphite prometheus-pushgateway
  qdrant weaviate milvus chroma chromadb pgadmin-db etcd consul vault minio seaweedfs garage ceph azurite fakes3 s3mock
  localstack moto dynamodb dynamodb-local gcs-emulator fake-gcs-server firebase-emulator pubsub-emulator openldap ldap
  temporal cadence vertica clickhouse-server pgautoupgrade fcrepo fcrepo4 iceberg-rest pictrs cp-server cp-schema-registry
  openbao rustfs metastore hive-metastore nessie polaris lakekeeper
  cp-kafka-rest cp-ksqldb-server nsqlookupd coredns pdns-auth pdns-recursor s3proxy cloudserver auto-setup beanstalk
`);

/** Tools that developers look at or that stand in for the outside: mail catchers, admin pages, monitoring, browsers. */
const TOOLS = words(`
  mailhog mailpit maildev mailcatcher greenmail smtp4dev fakesmtp mailtrap inbucket papercut
  grafana prometheus loki promtail tempo jaeger zipkin kibana logstash filebeat fluentd fluent-bit vector opensearch-dashboards
  otel-collector opentelemetry-collector opentelemetry-collector-contrib otelcol alloy grafana-agent alertmanager cadvisor
  node-exporter exporter pushgateway netdata datadog-agent dd-agent telegraf chronograf kapacitor glances uptime-kuma
  selenium standalone-chrome standalone-firefox standalone-chromium browserless chrome-headless headless-shell chrome
  swagger-ui swagger-editor redoc storybook wiremock mockserver mountebank mock-server httpbin toxiproxy
  ganache ganache-cli hardhat anvil selenoid jmeter playwright cypress zap zap-stable blackfire rsyslog syslog-ng seq graylog
  keycloak authelia authentik hydra kratos dex zitadel oidc-server-mock simplesamlphp sonarqube swagger whoami
  unleash unleash-server mercure ollama tika gotenberg imgproxy thumbor soketi centrifugo
  livereload dozzle portainer sftp ftp vsftpd pure-ftpd control-center cp-enterprise-control-center
`);

/** Pages by which a person changes data or containers. */
const ADMIN_PAGES = words(`
  adminer phpmyadmin pgadmin pgadmin4 pgweb pghero sqlpad cloudbeaver mongo-express redis-commander redisinsight phpredisadmin
  phpredmin phppgadmin dbgate nosqlclient kafka-ui kafdrop akhq kafka-manager cmak kafka-rest-ui redpanda-console cerebro elasticvue elastichd
  elasticsearch-head dejavu phpldapadmin ldap-account-manager memcached-admin rockmongo mongoclient redis-browser rebrow
  dynamodb-admin minio-console flower rq-dashboard bull-board filebrowser chronograf selenoid-ui redpanda-console console-ui
`);

const PROXIES = words(`
  nginx caddy traefik haproxy httpd apache envoy openresty kong nginx-proxy nginx-proxy-manager varnish squid tyk oauth2-proxy
  swag tengine fabio krakend h2o apisix https-portal caddy-docker-proxy mitmproxy
`);

/** Services that act on the outside, with the reason in words that follow the service's name. */
const OUTSIDE: readonly (readonly [string, ReadonlySet<string>])[] = [
  [
    "is a tunnel",
    words(`
      cloudflared cloudflare-tunnel ngrok localtunnel inlets frpc frps bore sish zerotier tailscale headscale wireguard wg-easy
      openvpn gluetun chisel autossh ssh-tunnel tunnel expose pagekite tor
    `),
  ],
  [
    "updates things outside",
    words(`
      watchtower diun ouroboros shepherd certbot acme acme-companion letsencrypt letsencrypt-companion
      letsencrypt-nginx-proxy-companion lego wud ddclient ddns-updater ddns dyndns cloudflare-ddns duckdns renovate
    `),
  ],
  [
    "runs jobs by the clock",
    words(`
      cron crond crontab cronjob cronjobs supercronic ofelia chadburn docker-crontab anacron
    `),
  ],
  [
    "makes backups",
    words(`
      backup backups backupper postgres-backup postgres-backup-local postgres-backup-s3 mysql-backup mysql-cron-backup
      mongodb-backup docker-volume-backup volume-backup restic duplicati duplicity borgmatic borg kopia autobackup
    `),
  ],
  [
    "sends mail",
    words(`
      postfix exim exim-relay exim4 smtp-relay postfix-relay docker-mailserver mailserver postal mailu opensmtpd sendmail msmtp haraka stalwart
    `),
  ],
  ["is an admin page", ADMIN_PAGES],
];

/** The kind of a service; undefined where it may be an application. */
export function kindOf(service: Recognized): ServiceKind | undefined {
  if (isNamed(service, ADMIN_PAGES) || isNamed(service, TOOLS)) return "tool";
  if (isStandIn(service)) return "tool";
  if (isDataStore(service)) return "data store";
  return isNamed(service, PROXIES) ? "proxy" : undefined;
}

/**
 * How a service acts on the outside, such as "is a tunnel"; undefined where it does not seem to.
 *
 * @param service.hasSocket whether it can use the engine
 */
export function actsOutside(
  service: Recognized & { hasSocket: boolean },
): string | undefined {
  if (service.hasSocket) return "holds the Docker socket";
  const found = OUTSIDE.find(([, words]) => isNamed(service, words))?.[0];
  return found ?? (BACKUP.test(service.name) ? "makes backups" : undefined);
}

/** Names such as "db-backup". */
const BACKUP = /[-_.]backups?$|^backups?[-_.]/i;

/** The last word of a service's name that tells nothing about its kind. */
const ORDER =
  /^(primary|replica|master|slave|main|broker|node|server|service|data|cluster|sentinel|test|tests|dev|local|standalone|\d+)$/;

/** Names of data stores that a project builds or pulls under an image's name of its own. */
const STORE_NAMES = new Set([
  ...DATA_STORES,
  ...["db", "dbs", "database", "databases", "sql", "sqldb", "rdbms"],
]);

/** Words in names of what stands in for something outside. */
const STAND_INS = new Set(["emulator", "mock", "fake", "stub", "simulator"]);

/** Whether a service stands in for something outside, such as "stripe-mock". */
function isStandIn({ name, image, isBuilt }: Recognized): boolean {
  const tokens = [
    ...tokensOf(name),
    ...(isBuilt || image === undefined ? [] : imageTokens(image)),
  ];
  return tokens.some((token) => STAND_INS.has(token));
}

function isDataStore({ name, image, isBuilt }: Recognized): boolean {
  const own = tokensOf(name);
  while (own.length > 1 && ORDER.test(own.at(-1)!)) own.pop();
  const last = own.at(-1) ?? "";
  // "redis-worker" is a worker; "test-db", "mysql8" and "db_1" are stores.
  if (STORE_NAMES.has(last) || STORE_NAMES.has(own.join("-"))) return true;
  return !isBuilt && image !== undefined &&
    hasWord(imageTokens(image), DATA_STORES);
}

/** Whether its image has one of these names or, unless it is built, the service itself. */
function isNamed(
  { name, image, isBuilt }: Recognized,
  words: ReadonlySet<string>,
): boolean {
  if (words.has(tokensOf(name).join("-"))) return true;
  return !isBuilt && image !== undefined &&
    hasWord(imageTokens(image), words);
}

/** Whether one token, or two or more in a row, are one of the words. */
function hasWord(
  tokens: readonly string[],
  words: ReadonlySet<string>,
): boolean {
  return tokens.some((_, start) =>
    tokens.slice(start).some((_, more) =>
      words.has(tokens.slice(start, start + more + 1).join("-"))
    )
  );
}

/** The words of an image's name without its registry, such as "bitnami", "postgresql". */
function imageTokens(image: string): string[] {
  const { whole, registry } = readImageName(image);
  return tokensOf(whole.slice(registry.length + 1));
}

/** Words in small letters; the digits at the end of a word are a version or a number. */
function tokensOf(text: string): string[] {
  return text.toLowerCase().split(/[^a-z0-9]+/)
    .map((word) =>
      WITH_DIGIT.has(word) ? word : word.replace(/(?<=[a-z])\d+$/, "")
    )
    .filter(Boolean);
}

/** Names that end in a digit themselves. */
const WITH_DIGIT = new Set([
  "neo4j",
  "db2",
  "s3",
  "h2o",
  "exim4",
  "pgadmin4",
  "smtp4dev",
  "fakes3",
]);

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/).filter(Boolean));
}
