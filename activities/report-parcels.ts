import { deleteArtefacts, readArtefact } from '../db/artefacts.ts';
import type { Database } from '../db/pool.ts';
import { noteArtefact, type ReportRun } from '../db/report-runs.ts';
import { type RunArtefact, runKeptUntil } from '../domain/reports/run.ts';
import type { MailFile } from '../domain/sending/message.ts';
import { fileLinksHtml, sizeWords } from '../reports/files/file-links.ts';
import { zipFile } from '../reports/files/zip.ts';
import { MOST_ATTACHED_BYTES } from './message-attachments.ts';
import { keepAsArtefact } from './report-artefacts.ts';
import type { ReportLinks } from './report-mails.ts';

/** How the files of a run come with its mails. */
export interface Parcel {
  readonly attached: readonly MailFile[];
  /** Fragment with links to files that are too large for a mail. */
  readonly linked: string | undefined;
  /** What the reader is told of it, where they are not simply attached. */
  readonly note: string | undefined;
}

const NOTHING: Parcel = { attached: [], linked: undefined, note: undefined };

export interface ParcelDeps {
  readonly database: Database;
  readonly links: ReportLinks;
  readonly now: () => Date;
}

/**
 * Attaches the files of a run to its mails; where they are too large together, as one archive; where that is too large as
 * well, as links that work for as long as the run is kept. A notice and a recovery have no files.
 */
export function createParcels({ database, links, now }: ParcelDeps): (run: ReportRun) => Promise<Parcel> {
  return async (run) => {
    const files = run.artefacts.filter(({ format }) => format !== 'zip');
    const hasFiles = run.body?.mail === 'report' || run.body?.mail === 'alert';
    if (!hasFiles || files.length === 0) return NOTHING;
    const bytes = bytesOf(files);
    if (bytes <= MOST_ATTACHED_BYTES) return { ...NOTHING, attached: files.map(mailFile) };
    const archive = await archiveOf(run, files);
    const which =
      files.length === 1 ? `The file has ${sizeWords(bytes)}` : `The files have ${sizeWords(bytes)}`;
    if (archive !== undefined) {
      const note = `${which}, more than a mail takes; ${files.length === 1 ? 'it is' : 'they are'} attached as an archive, ${archive.name}.`;
      return { ...NOTHING, attached: [mailFile(archive)], note };
    }
    const expiresAt = runKeptUntil(run);
    const linked = fileLinksHtml(
      files.map(({ artefactId, name, bytes: size }) => ({
        name,
        bytes: size,
        url: links.fileUrl({ artefactId, expiresAt }),
      })),
    );
    const until = expiresAt.toLocaleDateString('en-CA', { timeZone: run.definition.timezone });
    const note = `${which}, more than a mail takes. ${files.length === 1 ? 'The link works' : 'The links work'} until ${until}; whoever has ${files.length === 1 ? 'it' : 'them'} can download.`;
    return { ...NOTHING, linked, note };
  };

  /** Made once for a run; undefined where it would be too large, too. */
  async function archiveOf(run: ReportRun, files: readonly RunArtefact[]): Promise<RunArtefact | undefined> {
    const made = run.artefacts.find(({ format }) => format === 'zip');
    if (made !== undefined) return made;
    // These are compressed already.
    const incompressible = files.filter(({ format }) => format !== 'csv');
    const [first] = files;
    if (first === undefined || bytesOf(incompressible) > MOST_ATTACHED_BYTES) return undefined;
    const name = first.name.replace(/\.[a-z]+$/, '.zip');
    const entries = files.map((file) => ({
      name: file.name,
      content: readArtefact(database.orm, file.artefactId),
    }));
    const content = upTo(zipFile(entries, { modified: run.createdAt }), MOST_ATTACHED_BYTES);
    const keep = keepAsArtefact({ database, now: now() });
    try {
      const kept = await keep({ name, mediaType: 'application/zip', content });
      const { rowsWritten, truncated } = run;
      const archive: RunArtefact = {
        ...kept,
        name,
        format: 'zip',
        rows: rowsWritten ?? 0,
        truncated: truncated ?? false,
      };
      const keepUntil = runKeptUntil(run);
      const counts = await noteArtefact(database, run.id, { artefact: archive, keepUntil });
      // Another worker was quicker, which had been believed dead.
      if (counts !== archive) await deleteArtefacts(database.orm, [archive.artefactId]);
      return counts;
    } catch (error) {
      if (error instanceof TooLarge) return undefined;
      throw error;
    }
  }
}

class TooLarge extends Error {}

async function* upTo(content: AsyncIterable<Buffer>, most: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > most) throw new TooLarge('the archive is too large');
    yield chunk;
  }
}

function bytesOf(files: readonly RunArtefact[]): number {
  return files.reduce((total, { bytes }) => total + bytes, 0);
}

function mailFile({ artefactId, name }: RunArtefact): MailFile {
  return { artefactId, name };
}
