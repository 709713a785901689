import { createAction } from 'nango';
import { z } from 'zod';

/** HubSpot's own number for "this note belongs to that contact". */
const NOTE_TO_CONTACT = 202;

const action = createAction({
    version: '1.0.0',
    description: 'Writes a note on a contact',
    endpoint: { method: 'POST', path: '/hubspot/notes', group: 'Contacts' },
    scopes: ['crm.objects.contacts.write'],
    input: z.object({
        contactId: z.string(),
        text: z.string(),
        writtenAt: z.string()
    }),
    output: z.object({
        id: z.string()
    }),

    exec: async (nango, { contactId, text, writtenAt }) => {
        const { data } = await nango.post<{ id: string }>({
            endpoint: '/crm/v3/objects/notes',
            data: {
                properties: { hs_note_body: text, hs_timestamp: writtenAt },
                associations: [
                    {
                        to: { id: contactId },
                        types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: NOTE_TO_CONTACT }]
                    }
                ]
            }
        });

        return { id: data.id };
    }
});

export default action;
