import { createSync } from 'nango';
import { z } from 'zod';

import { pages } from '../../shared/paginate.js';
import { accepted } from '../answer.js';

import type { SlackAnswer } from '../answer.js';

const SlackUser = z.object({
    id: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    admin: z.boolean()
});

interface ApiUsers {
    members: { id: string; real_name?: string; name: string; deleted: boolean; is_bot: boolean; is_admin?: boolean; profile: { email?: string } }[];
    response_metadata?: { next_cursor?: string };
}

const sync = createSync({
    version: '1.0.0',
    description: 'The people of a workspace, without bots and without those who left',
    frequency: 'every 6 hours',
    syncType: 'full',
    trackDeletes: true,
    autoStart: true,
    endpoints: [{ method: 'GET', path: '/slack/users', group: 'Users' }],
    scopes: ['users:read', 'users:read.email'],
    models: {
        SlackUser
    },

    exec: async (nango) => {
        const members = pages(async (cursor) => {
            const { data } = await nango.get<SlackAnswer<ApiUsers>>({
                endpoint: '/users.list',
                params: { limit: 200, ...(cursor ? { cursor } : {}) },
                retries: 3
            });
            const { members, response_metadata } = accepted('users.list', data);
            return { items: members, next: response_metadata?.next_cursor };
        });

        for await (const page of members) {
            const people = page.filter((member) => !member.deleted && !member.is_bot);
            await nango.batchSave(
                people.map((member) => ({
                    id: member.id,
                    name: member.real_name ?? member.name,
                    email: member.profile.email ?? null,
                    admin: member.is_admin ?? false
                })),
                'SlackUser'
            );
        }
    }
});

export default sync;
