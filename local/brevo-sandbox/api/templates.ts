import { invalidParameter, notFound } from '../http/answers.ts';
import { type Operation, operation } from '../http/operation.ts';
import type { Sandbox } from '../sandbox.ts';
import { createTemplate, pageOfTemplates } from '../schemas/mail.ts';
import type { Template } from '../state/records.ts';

/** `/smtp/templates`: make one, look at them. */
export function templateOperations({ state }: Sandbox): readonly Operation[] {
  return [
    operation({
      method: 'GET',
      route: '/smtp/templates',
      query: pageOfTemplates,
      run: ({ query }) => {
        const all = [...state.templates.values()];
        const page = all.slice(query.offset, query.offset + query.limit);
        return { status: 200, body: { count: all.length, templates: page.map(view) } };
      },
    }),

    operation({
      method: 'POST',
      route: '/smtp/templates',
      body: createTemplate,
      run: ({ body, origin }) => {
        const known = body.sender.id === undefined ? undefined : state.senders.get(body.sender.id);
        const email = body.sender.email ?? known?.email;
        if (email === undefined) {
          throw invalidParameter('valid sender email required');
        }
        const template: Template = {
          id: state.templates.nextId(),
          name: body.templateName,
          subject: body.subject,
          htmlContent: body.htmlContent,
          isActive: body.isActive,
          tag: body.tag,
          sender: { email, name: body.sender.name ?? known?.name },
          replyTo: body.replyTo,
          createdAt: origin.at,
          modifiedAt: origin.at,
        };
        state.templates.put(template.id, template);
        return { status: 201, body: { id: template.id }, effect: 'created' };
      },
    }),

    operation({
      method: 'GET',
      route: '/smtp/templates/{templateId}',
      run: ({ params }) => {
        const template = state.templates.get(Number(params['templateId']));
        if (template === undefined) {
          throw notFound('Template ID does not exist');
        }
        return { status: 200, body: view(template) };
      },
    }),
  ];
}

function view(template: Template) {
  return { ...template, testSent: false, toField: '' };
}
