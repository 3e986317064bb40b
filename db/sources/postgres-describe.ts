import type { Client, Connection, FieldDef, Submittable } from 'pg';

/** The messages of pg's connection that we send; its types leave the extended protocol's out. */
interface Protocol {
  parse(message: { readonly text: string; readonly name: string; readonly types: readonly number[] }): void;
  bind(message: {
    readonly portal: string;
    readonly statement: string;
    readonly values: readonly (string | null)[];
  }): void;
  describe(message: { readonly type: 'P'; readonly name: string }): void;
  sync(): void;
}

/**
 * Has the server parse, analyse and plan a query with its values and say which columns it gives, without running it
 * (extended protocol: Parse, Bind, Describe, Sync, and no Execute).
 */
export function describePostgres({
  client,
  text,
  values,
}: {
  readonly client: Client;
  readonly text: string;
  readonly values: readonly (string | null)[];
}): Promise<readonly FieldDef[]> {
  return new Promise((resolve, reject) => {
    let fields: readonly FieldDef[] = [];
    const question = {
      submit(connection: Connection) {
        const protocol = connection as unknown as Protocol;
        protocol.parse({ text, name: '', types: [] });
        protocol.bind({ portal: '', statement: '', values });
        protocol.describe({ type: 'P', name: '' });
        protocol.sync();
      },
      handleRowDescription(message: { readonly fields: readonly FieldDef[] }) {
        fields = message.fields;
      },
      handleReadyForQuery: () => resolve(fields),
      handleError: reject,
    };
    client.query(question as Submittable);
  });
}
