import type { Attachment } from '../brevo/mail.ts';
import { type Artefact, findArtefact, readArtefact } from '../db/artefacts.ts';
import type { Database } from '../db/pool.ts';
import { SluiceError } from '../domain/errors.ts';
import type { MailFile } from '../domain/sending/message.ts';

/**
 * All files of a mail together. Brevo takes attachments of less than 4 MB (https://help.brevo.com/hc/en-us/articles/4402811730962);
 * what is larger goes as a link (mail/file-links.ts).
 */
export const MOST_ATTACHED_BYTES = 4_000_000;
/** Contents that are kept for the next mail: those of a batch mostly have the same file. */
const MOST_KEPT = 2;

/**
 * Reads the files of mails.
 * @returns a function that throws SluiceError of sort `item`: `attachment_gone` when one has expired or is deleted,
 *   `attachment_too_large` when they have more than 4 MB together.
 */
export function createAttachmentReader({
  database: { orm: db },
  now = () => new Date(),
}: {
  readonly database: Database;
  readonly now?: () => Date;
}): (files: readonly MailFile[]) => Promise<readonly Attachment[]> {
  const kept = new Map<number, Buffer>();

  return async (files) => {
    const found = await Promise.all(files.map(({ artefactId }) => findCurrent(artefactId)));
    const bytes = found.reduce((total, artefact) => total + artefact.bytes, 0);
    if (bytes > MOST_ATTACHED_BYTES) {
      throw new SluiceError('the files are too large to be attached', {
        code: 'attachment_too_large',
        sort: 'item',
      });
    }
    const attachments: Attachment[] = [];
    for (const { artefactId, name } of files) {
      attachments.push({ name, content: kept.get(artefactId) ?? (await read(artefactId)) });
    }
    return attachments;
  };

  async function findCurrent(id: number): Promise<Artefact> {
    const artefact = await findArtefact(db, id);
    if (artefact === undefined || artefact.expiresAt <= now()) throw gone();
    return artefact;
  }

  async function read(id: number): Promise<Buffer> {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of readArtefact(db, id)) chunks.push(chunk);
      const content = Buffer.concat(chunks);
      for (const oldest of kept.keys()) if (kept.size >= MOST_KEPT) kept.delete(oldest);
      kept.set(id, content);
      return content;
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'artefact_gone') throw gone();
      throw error;
    }
  }
}

function gone(): SluiceError {
  return new SluiceError('a file of the mail is no longer there', { code: 'attachment_gone', sort: 'item' });
}
