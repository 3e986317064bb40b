import { invalidParameter, missingParameter, Refusal } from '../http/answers.ts';
import { type Operation, operation } from '../http/operation.ts';
import type { Sandbox } from '../sandbox.ts';
import { ATTRIBUTE_CATEGORIES, createAttribute } from '../schemas/contacts.ts';
import type { Attribute } from '../state/records.ts';

const NAME = /^[A-Z][A-Z0-9_-]*$/;

/** `/contacts/attributes`: what an account knows of its contacts. Names are kept in capital letters. */
export function attributeOperations({ state }: Sandbox): readonly Operation[] {
  return [
    operation({
      method: 'GET',
      route: '/contacts/attributes',
      run: () => ({ status: 200, body: { attributes: [...state.attributes.values()] } }),
    }),

    operation({
      method: 'POST',
      route: '/contacts/attributes/{attributeCategory}/{attributeName}',
      body: createAttribute,
      run: ({ params, body }) => {
        const category = ATTRIBUTE_CATEGORIES.find((known) => known === params['attributeCategory']);
        const name = (params['attributeName'] ?? '').toUpperCase();
        if (category === undefined) {
          throw invalidParameter('Attribute category is invalid');
        }
        if (!NAME.test(name) || name === 'EMAIL') {
          throw invalidParameter('Attribute name is invalid');
        }
        if (state.attributes.has(name)) {
          throw new Refusal(400, { code: 'duplicate_parameter', message: 'Attribute name must be unique' });
        }
        if ((category === 'normal' || category === 'transactional') && body.type === undefined) {
          throw missingParameter('type is missing');
        }
        if (category === 'category' && body.enumeration === undefined) {
          throw missingParameter('enumeration is missing');
        }
        if (body.type === 'multiple-choice' && body.multiCategoryOptions === undefined) {
          throw missingParameter('multiCategoryOptions is missing');
        }
        const type = category === 'category' ? 'category' : body.type;
        const attribute: Attribute = {
          name,
          category,
          ...(type === undefined ? {} : { type }),
          ...(body.enumeration === undefined ? {} : { enumeration: body.enumeration }),
          ...(body.multiCategoryOptions === undefined
            ? {}
            : { multiCategoryOptions: body.multiCategoryOptions }),
          ...(body.value === undefined ? {} : { calculatedValue: body.value }),
        };
        state.attributes.put(name, attribute);
        return { status: 201, effect: 'created' };
      },
    }),
  ];
}
