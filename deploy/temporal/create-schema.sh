#!/bin/sh
# Creates Temporal's two databases and brings their tables to the version of temporal-sql-tool, which must be that of
# the server. Safe to repeat; run it before each newer server. Where and as whom: SQL_PLUGIN=postgres12, SQL_HOST,
# SQL_PORT, SQL_USER, SQL_PASSWORD (the tool reads them itself, so the password is in no command line).
set -eu

prepare() {
  temporal-sql-tool --db "$1" create
  temporal-sql-tool --db "$1" setup-schema -v 0.0
  temporal-sql-tool --db "$1" update-schema --schema-name "postgresql/v12/$2"
}

prepare temporal temporal
prepare temporal_visibility visibility
