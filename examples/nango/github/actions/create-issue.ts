import { createAction } from 'nango';
import { z } from 'zod';

import { GithubIssue, toIssue } from '../models.js';

import type { ApiIssue } from '../models.js';

const NewIssue = z.object({
    repository: z.string(),
    title: z.string(),
    body: z.string().optional(),
    labels: z.array(z.string()).optional()
});

const action = createAction({
    version: '1.0.1',
    description: 'Opens an issue in a repository',
    endpoint: { method: 'POST', path: '/github/issues', group: 'Issues' },
    scopes: ['repo'],
    input: NewIssue,
    output: GithubIssue,

    exec: async (nango, { repository, ...issue }) => {
        if (!/^[^/\s]+\/[^/\s]+$/.test(repository)) {
            throw new nango.ActionError({ message: `A repository is written as owner/name, not ${JSON.stringify(repository)}` });
        }

        // No retries: a repeated request would open a second issue.
        const { data } = await nango.post<ApiIssue>({ endpoint: `/repos/${repository}/issues`, data: issue });

        return toIssue(data, repository);
    }
});

export default action;
