import { createSync } from 'nango';
import { z } from 'zod';

import { nextPageNumber, pages } from '../../shared/paginate.js';

import type { ApiIssue } from '../models.js';

const PER_PAGE = 100;

const GithubIssueV1 = z.object({
    id: z.string(),
    title: z.string(),
    open: z.boolean()
});

const sync = createSync({
    version: '1.4.2',
    description: 'Issues assigned to the connected user. Use the sync "issues" instead',
    frequency: 'every day',
    syncType: 'full',
    autoStart: true,
    endpoints: [{ method: 'GET', path: '/github/old-issues', group: 'Issues' }],
    scopes: ['repo'],
    models: {
        GithubIssueV1
    },

    exec: async (nango) => {
        const assigned = pages<ApiIssue>(async (cursor) => {
            const { data } = await nango.get<ApiIssue[]>({
                endpoint: '/issues',
                params: { filter: 'assigned', state: 'all', per_page: PER_PAGE, page: cursor ?? '1' },
                retries: 3
            });
            return { items: data, next: nextPageNumber(cursor, data.length, PER_PAGE) };
        });

        for await (const page of assigned) {
            const records = page.map((issue) => ({ id: String(issue.id), title: issue.title, open: issue.state === 'open' }));
            await nango.batchSave(records, 'GithubIssueV1');
        }
    }
});

export default sync;
