import { z } from 'zod';

export const GithubIssue = z.object({
    id: z.string(),
    repository: z.string(),
    number: z.number(),
    title: z.string(),
    state: z.enum(['open', 'closed']),
    author: z.string().nullable(),
    labels: z.array(z.string()),
    url: z.string(),
    updatedAt: z.string()
});

/** What the GitHub API sends for an issue: the fields that are used here. */
export interface ApiIssue {
    id: number;
    number: number;
    title: string;
    state: 'open' | 'closed';
    user: { login: string } | null;
    labels: (string | { name: string })[];
    html_url: string;
    updated_at: string;
    /** Set on pull requests, which GitHub lists among the issues. */
    pull_request?: object;
}

export function toIssue(issue: ApiIssue, repository: string): z.infer<typeof GithubIssue> {
    return {
        id: String(issue.id),
        repository,
        number: issue.number,
        title: issue.title,
        state: issue.state,
        author: issue.user?.login ?? null,
        labels: issue.labels.map((label) => (typeof label === 'string' ? label : label.name)),
        url: issue.html_url,
        updatedAt: issue.updated_at
    };
}
