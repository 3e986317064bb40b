import { randomUUID } from 'node:crypto';
import { invalidParameter } from '../http/answers.ts';
import { type Operation, operation } from '../http/operation.ts';
import type { Sandbox } from '../sandbox.ts';
import { doubleOptIn } from '../schemas/contacts.ts';

/**
 * `POST /contacts/doubleOptinConfirmation`: mails the template with a link (`{{ params.DOIurl }}` or
 * `{{ doubleoptin }}`); the contact joins its lists when the link is opened. Mails again each time it is called.
 */
export function doubleOptInOperations({ state, book, mailRoom, url }: Sandbox): readonly Operation[] {
  return [
    operation({
      method: 'POST',
      route: '/contacts/doubleOptinConfirmation',
      body: doubleOptIn,
      run: ({ body, origin }) => {
        book.requireAddress(body.email);
        book.requireLists(body.includeListIds);
        book.requireLists(body.excludeListIds);
        const template = state.templates.get(body.templateId);
        if (template?.isActive !== true) {
          throw invalidParameter('templateId is not valid');
        }
        const token = randomUUID();
        state.optIns.put(token, {
          token,
          email: body.email,
          attributes: body.attributes ?? {},
          includeListIds: body.includeListIds,
          excludeListIds: body.excludeListIds ?? [],
          redirectionUrl: body.redirectionUrl,
        });
        const link = `${url()}/confirm/${token}`;
        mailRoom.accept(
          {
            from: template.sender,
            to: [{ email: body.email }],
            cc: [],
            bcc: [],
            replyTo: null,
            subject: template.subject,
            html: template.htmlContent.replace(/\{\{\s*doubleoptin\s*\}\}/g, link),
            text: null,
            templateId: template.id,
            params: { ...body.attributes, DOIurl: link },
            tags: [],
            headers: {},
            attachments: [],
            idempotencyKey: null,
            scheduledAt: null,
            batchId: null,
          },
          origin,
        );
        return { status: book.byEmail(body.email) === undefined ? 201 : 204, effect: 'sent' };
      },
    }),
  ];
}
