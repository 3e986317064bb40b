import { defineConfig } from 'drizzle-kit';

// Only `npm run db:generate` uses this: it writes the next migration from the schema files and needs no database.
export default defineConfig({ dialect: 'mysql', schema: './db/schema*.ts', out: './db/migrations' });
