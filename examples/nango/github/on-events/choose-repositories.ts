import { createOnEvent } from 'nango';
import { z } from 'zod';

interface ApiRepository {
    full_name: string;
    archived: boolean;
    has_issues: boolean;
}

const MOST_REPOSITORIES = 20;

export default createOnEvent({
    version: '1.0.0',
    description: 'Chooses the repositories of a new connection that were pushed to last, so that the first sync has something to do',
    event: 'post-connection-creation',
    metadata: z.object({
        repositories: z.array(z.string())
    }),

    exec: async (nango) => {
        const { data } = await nango.get<ApiRepository[]>({
            endpoint: '/user/repos',
            params: { sort: 'pushed', per_page: 100 },
            retries: 3
        });

        const repositories = data
            .filter((repository) => repository.has_issues && !repository.archived)
            .slice(0, MOST_REPOSITORIES)
            .map((repository) => repository.full_name);

        await nango.updateMetadata({ repositories });
    }
});
