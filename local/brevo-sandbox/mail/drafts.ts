import { invalidParameter, missingParameter } from '../http/answers.ts';
import type { SendMail } from '../schemas/mail.ts';
import type { Person, Template } from '../state/records.ts';
import type { State } from '../state/state.ts';
import type { DraftAttachment, MailDraft } from './mail-room.ts';

const MOST_RECIPIENTS = 2_000;
const MOST_PARAMS_BYTES = 100_000;
const MOST_ALL_PARAMS_BYTES = 1_000_000;
/** Brevo sends files of these kinds only. */
const EXTENSIONS = new Set(
  'xlsx,xls,ods,docx,docm,doc,csv,pdf,txt,gif,jpg,jpeg,png,tif,tiff,rtf,bmp,cgm,css,shtml,html,htm,zip,xml,ppt,pptx,tar,ez,ics,mobi,msg,pub,eps,odt,mp3,m4a,m4v,wma,ogg,flac,wav,aif,aifc,aiff,mp4,mov,avi,mkv,mpeg,mpg,wmv,pkpass,xlsm'.split(
    ',',
  ),
);

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Headers by which a caller talks to Brevo; they do not go into the mail. */
const CONTROL_HEADERS = new Set(['idempotencykey', 'x-sib-sandbox']);

/**
 * The mails that one request asks for: one, or one a version.
 * @throws Refusal 400 in Brevo's words for whatever is missing or over a limit.
 */
export function draftsOf(state: State, body: SendMail): readonly MailDraft[] {
  const template = templateOf(state, body.templateId);
  const from = senderOf(state, { body, template });
  const attachments = (body.attachment ?? []).map(readAttachment);
  const versions = body.messageVersions ?? [{ to: body.to ?? missing('to') }];
  const drafts = versions.map((version): MailDraft => {
    const html = version.htmlContent ?? body.htmlContent ?? template?.htmlContent;
    if (html === undefined) {
      throw missingParameter('htmlContent is missing');
    }
    return {
      from,
      to: version.to,
      cc: version.cc ?? body.cc ?? [],
      bcc: version.bcc ?? body.bcc ?? [],
      replyTo: version.replyTo ?? body.replyTo ?? null,
      subject: version.subject ?? body.subject ?? template?.subject ?? missing('subject'),
      html,
      text: version.textContent ?? body.textContent ?? null,
      templateId: body.templateId ?? null,
      // With a single version Brevo leaves the outer params out (getbrevo/brevo-node#46); the sandbox does too.
      params: { ...(body.messageVersions?.length === 1 ? {} : body.params), ...version.params },
      tags: body.tags ?? [],
      headers: mailHeaders({ ...body.headers, ...version.headers }),
      attachments,
      idempotencyKey: null,
      scheduledAt: null,
      batchId: null,
    };
  });
  checkSizes(drafts);
  return drafts;
}

function templateOf(state: State, id: number | undefined): Template | undefined {
  if (id === undefined) {
    return undefined;
  }
  const template = state.templates.get(id);
  if (template?.isActive !== true) {
    throw invalidParameter(template === undefined ? 'templateId is not valid' : 'Template is not active');
  }
  return template;
}

function senderOf(
  state: State,
  input: { readonly body: SendMail; readonly template: Template | undefined },
): Person {
  const { sender } = input.body;
  if (sender === undefined) {
    return input.template?.sender ?? missing('sender');
  }
  const known = sender.id === undefined ? undefined : state.senders.get(sender.id);
  const email = sender.email ?? known?.email;
  if (email === undefined) {
    throw invalidParameter('valid sender email required');
  }
  return { email, name: sender.name ?? known?.name };
}

function readAttachment({
  name,
  url,
  content,
}: NonNullable<SendMail['attachment']>[number]): DraftAttachment {
  if (content !== undefined && name === undefined) {
    throw missingParameter('name is missing in attachment');
  }
  if (content === undefined && url === undefined) {
    throw missingParameter('content or url is missing in attachment');
  }
  const shown = name ?? new URL(url ?? '', 'http://attachment.invalid').pathname;
  if (!EXTENSIONS.has(shown.slice(shown.lastIndexOf('.') + 1).toLowerCase())) {
    throw invalidParameter('Unsupported file format in attachment');
  }
  if (content !== undefined && !BASE64.test(content)) {
    throw invalidParameter("'content' is not valid in attachment");
  }
  return { name: name ?? url ?? '', content: content === undefined ? null : Buffer.from(content, 'base64') };
}

function checkSizes(drafts: readonly MailDraft[]): void {
  const recipients = drafts.map(({ to, cc, bcc }) => to.length + cc.length + bcc.length);
  if (recipients.some((count) => count > 99) || sum(recipients) > MOST_RECIPIENTS) {
    throw invalidParameter('Too many recipients: at most 99 a version and 2000 a request');
  }
  const sizes = drafts.map(({ params }) => Buffer.byteLength(JSON.stringify(params)));
  if (sizes.some((bytes) => bytes > MOST_PARAMS_BYTES) || sum(sizes) > MOST_ALL_PARAMS_BYTES) {
    throw invalidParameter('params are too large: at most 100 KB a version and 1000 KB a request');
  }
}

function mailHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    // oxlint-disable-next-line no-control-regex -- a header value is ASCII, controls and all else refused
    if (!/^[\x20-\x7e]*$/.test(value)) {
      throw invalidParameter(`${name} is not valid in headers`);
    }
  }
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !CONTROL_HEADERS.has(name.toLowerCase())),
  );
}

function missing(name: string): never {
  throw missingParameter(`${name} is missing`);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
