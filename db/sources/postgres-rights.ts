import type { Client } from 'pg';
import { rightsWarning } from './rights-warning.ts';

/** What the role could change, in words; undefined where it only reads. */
export async function postgresRights(client: Client): Promise<string | undefined> {
  const { rows } = await client.query<{ right: string }>(`
    SELECT 'is a superuser' AS right FROM pg_catalog.pg_roles WHERE rolname = current_user AND rolsuper
    UNION ALL SELECT 'may create roles or databases' FROM pg_catalog.pg_roles
      WHERE rolname = current_user AND NOT rolsuper AND (rolcreaterole OR rolcreatedb)
    UNION ALL SELECT 'is a member of ' || rolname FROM pg_catalog.pg_roles
      WHERE rolname IN ('pg_write_all_data', 'pg_write_server_files', 'pg_read_server_files', 'pg_execute_server_program',
        'pg_signal_backend', 'pg_maintain') AND pg_catalog.pg_has_role(current_user, oid, 'member')
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = current_user AND r.rolsuper)
    UNION ALL SELECT 'may create in schema ' || nspname FROM (SELECT nspname FROM pg_catalog.pg_namespace
      WHERE nspname NOT LIKE 'pg\\_%' AND pg_catalog.has_schema_privilege(oid, 'CREATE') ORDER BY 1 LIMIT 3) AS schemas
    UNION ALL SELECT 'may change table ' || nspname || '.' || relname FROM (
      SELECT nspname, relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'f') AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
        AND pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') ORDER BY 1, 2 LIMIT 3) AS tables`);
  const rights = rows.map(({ right }) => right);
  return rightsWarning(rights.includes('is a superuser') ? ['is a superuser'] : rights);
}
