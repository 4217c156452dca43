#!/bin/sh
# Derives the PostgreSQL migrations from the SQLite ones: only the words for 64-bit integers and bytes differ, and what
# stands in a comment "/* postgres: ... */" is for PostgreSQL alone, a line that ends in "-- sqlite" for SQLite alone.
# Run after changing a SQLite migration; TestMigrationsAgree fails when somebody forgot.
cd "$(dirname "$0")" || exit 1
for f in sqlite/*.sql; do
  sed -e '/-- sqlite$/d' -e 's/\bINTEGER\b/BIGINT/g' -e 's/\bBLOB\b/BYTEA/g' -e 's,/\* postgres: \(.*\) \*/,\1,' "$f" > "postgres/$(basename "$f")"
done
